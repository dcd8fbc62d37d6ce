#include "protocol/sieve/extensions/special_use.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "posthorn/grammar/char_set.h"

#include "protocol/sieve/filing.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

constexpr CharSet kAtom = CharSet::range(0x21, 0x7E) - CharSet("(){%*\"\\]");

/// RFC 6154 section 6: "\Junk". People write that within quotes, which makes "Junk" of it: that is meant too.
std::string attribute(View text) { return text.starts_with('\\') ? own(text) : "\\" + own(text); }

bool is_attribute(View text) {
  if (text.starts_with('\\')) text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return kAtom[c]; });
}

bool exist(Call& call) {
  Run& run = call.run();
  std::optional<View> mailbox;
  if (call.has(std::size_t{0})) mailbox = call.text(0);
  for (std::size_t i = 0; i < call.count(1); ++i) {
    if (!run.ask(run.environment().special_use_exists(mailbox, attribute(call.text_at(1, i))))) return false;
  }
  return true;
}

void check_exist(Check& check) {
  for (const Check::Constant& each : check.constants(1)) {
    if (!is_attribute(each.text)) check.error(each.at, "\"" + own(each.text) + "\" is no use of a mailbox");
  }
}

void choose(Call& call, const TagRow& tag, Action& action) {
  const View use = *call.text(tag);
  if (!is_attribute(use)) return call.run().fail("\"" + own(use) + "\" is no use of a mailbox");
  if (FileInto* into = filed(action)) into->special_use = attribute(use);
}

void check_tag(Check& check, const TagRow& tag) {
  check_filing_tag(check, tag);
  for (const Check::Constant& each : check.constants(tag)) {
    if (!is_attribute(each.text)) check.error(each.at, "\"" + own(each.text) + "\" is no use of a mailbox");
  }
}

constexpr std::array kParameters{Parameter{Value::string, true}, Parameter{Value::strings}};
constexpr Row kExists{.name = "specialuse_exists",
                      .source = "RFC 8579 section 3",
                      .example = "specialuse_exists \"\\\\Archive\"",
                      .parameters = kParameters,
                      .check = check_exist,
                      .test = exist};
constexpr std::array kTests{&kExists};
/// The group keeps it from standing beside ":mailboxid" (RFC 9042 section 4.3).
constexpr TagRow kSpecialuse{.name = "specialuse",
                             .on = takes::mailbox | takes::sending,
                             .value = Value::string,
                             .group = Group::location,
                             .act = choose,
                             .check = check_tag};
constexpr std::array kTags{&kSpecialuse};

}  // namespace

constexpr Extension special_use{.name = "special-use", .source = "RFC 8579", .tests = kTests, .tags = kTags};

}  // namespace posthorn::sieve::extensions
