#include "protocol/sieve/extensions/mailboxid.h"

#include <array>
#include <string>

#include "protocol/sieve/filing.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

bool exist(Call& call) {
  Run& run = call.run();
  for (const std::string& id : call.texts(std::size_t{0})) {
    if (!run.ask(run.environment().mailbox_id_exists(id))) return false;
  }
  return true;
}

void choose(Call& call, const TagRow& tag, Action& action) {
  if (FileInto* into = filed(action)) into->mailbox_id = own(*call.text(tag));
}

constexpr std::array kIds{Parameter{Value::strings}};
constexpr Row kExists{.name = "mailboxidexists",
                      .source = "RFC 9042 section 4.2",
                      .example = "mailboxidexists [\"F6352ae03-b7f5-463c-896f-d8b48ee3\"]",
                      .parameters = kIds,
                      .test = exist};
constexpr std::array kTests{&kExists};
constexpr TagRow kMailboxid{.name = "mailboxid",
                            .on = takes::mailbox | takes::sending,
                            .value = Value::string,
                            .group = Group::location,
                            .act = choose,
                            .check = check_filing_tag};
constexpr std::array kTags{&kMailboxid};

}  // namespace

constexpr Extension mailboxid{.name = "mailboxid", .source = "RFC 9042", .tests = kTests, .tags = kTags};

}  // namespace posthorn::sieve::extensions
