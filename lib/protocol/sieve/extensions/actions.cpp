#include "protocol/sieve/extensions/actions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/grammar/mail/address.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

Flow keep(Call& call) {
  call.run().act(call, Keep{}, false);
  return Flow::next;
}

Flow discard(Call& call) {
  call.run().act(call, Discard{}, true);
  return Flow::next;
}

bool names_list(const Program& program, const Node& node) {
  return std::ranges::any_of(program.tags(node), [](const Bound& each) { return each.tag->lists; });
}

Flow redirect(Call& call) {
  const View address = call.text(0);
  Action action = Redirect{.address = own(address)};
  if (!names_list(call.program(), call.node()) && !mail::parse_mailbox(address, true)) {
    call.run().fail("\"" + own(address) + "\" is no address to redirect to");
    return Flow::stop;
  }
  call.run().act(call, std::move(action), true);
  return Flow::next;
}

void check_redirect(Check& check) {
  if (names_list(check.program(), check.node())) return;
  for (const Check::Constant& address : check.constants(0)) check_address(check, address);
}

constexpr std::array kAddress{Parameter{Value::string}};
constexpr Row kKeep{
    .name = "keep", .source = "RFC 5228 section 4.3", .example = "keep;", .takes = takes::filing, .run = keep};
constexpr Row kDiscard{.name = "discard", .source = "RFC 5228 section 4.4", .example = "discard;", .run = discard};
constexpr Row kRedirect{.name = "redirect",
                        .source = "RFC 5228 section 4.2",
                        .example = "redirect \"bart@example.com\";",
                        .parameters = kAddress,
                        .takes = takes::copy | takes::redirect,
                        .check = check_redirect,
                        .run = redirect};
constexpr std::array kCommands{&kKeep, &kDiscard, &kRedirect};

}  // namespace

constexpr Extension actions{.name = "actions", .source = "RFC 5228 section 4", .commands = kCommands, .basic = true};

}  // namespace posthorn::sieve::extensions
