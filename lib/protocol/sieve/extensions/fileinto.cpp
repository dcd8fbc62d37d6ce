#include "protocol/sieve/extensions/fileinto.h"

#include <array>

#include "protocol/sieve/filing.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

Flow file(Call& call) {
  const View name = call.text(0);
  if (!is_mailbox_name(name)) {
    call.run().fail("\"" + own(name) + "\" is no name of a mailbox");
    return Flow::stop;
  }
  call.run().act(call, FileInto{.mailbox = own(name)}, true);
  return Flow::next;
}

void check(Check& check) {
  for (const Check::Constant& name : check.constants(0)) {
    if (!is_mailbox_name(name.text)) check.warn(name.at, "this is no name of a mailbox: the script will fail here");
  }
}

constexpr std::array kName{Parameter{Value::string}};
constexpr Row kFileinto{.name = "fileinto",
                        .source = "RFC 5228 section 4.1",
                        .example = "fileinto \"INBOX.harassment\";",
                        .parameters = kName,
                        .takes = takes::copy | takes::filing | takes::mailbox,
                        .check = check,
                        .run = file};
constexpr std::array kCommands{&kFileinto};

}  // namespace

constexpr Extension fileinto{.name = "fileinto", .source = "RFC 5228 section 4.1", .commands = kCommands};

}  // namespace posthorn::sieve::extensions
