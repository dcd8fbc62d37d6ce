#include "protocol/sieve/extensions/mailbox.h"

#include <array>

#include "protocol/sieve/filing.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

bool test(Call& call) {
  Run& run = call.run();
  for (const std::string& name : call.texts(std::size_t{0})) {
    if (!run.ask(run.environment().mailbox_exists(name))) return false;
  }
  return true;
}

void create(Call& /*call*/, const TagRow& /*tag*/, Action& action) {
  if (FileInto* into = filed(action)) into->create = true;
}

constexpr std::array kNames{Parameter{Value::strings}};
constexpr Row kMailboxexists{.name = "mailboxexists",
                             .source = "RFC 5490 section 3.1",
                             .example = "mailboxexists \"Junk\"",
                             .parameters = kNames,
                             .test = test};
constexpr std::array kTests{&kMailboxexists};
constexpr TagRow kCreate{
    .name = "create", .on = takes::mailbox | takes::sending, .act = create, .check = check_filing_tag};
constexpr std::array kTags{&kCreate};

}  // namespace

constexpr Extension mailbox{.name = "mailbox", .source = "RFC 5490 section 3", .tests = kTests, .tags = kTags};

}  // namespace posthorn::sieve::extensions
