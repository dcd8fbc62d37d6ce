#include "protocol/imap/commands/language.h"

#include <array>
#include <utility>

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::language {

namespace {

constexpr std::array<View, 2> kTags{"I-DEFAULT", "EN"};

/// Lookup of RFC 4647 section 3.4: a range is shortened from its end until it is the tag.
bool matches(View range, View tag) {
  if (same_word(range, "default")) return tag == kTags.front();
  if (range == "*") return true;
  for (;;) {
    if (same_word(range, tag)) return true;
    const std::size_t dash = range.rfind('-');
    if (dash == View::npos) return false;
    range = range.substr(0, dash);
  }
}

}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  while (c.ok() && !c.at_end()) {
    if (args.ranges.size() == kMaxRanges) c.fail(Code::too_many, "language ranges");
    static_cast<void>(c.sp() && astring(c, args.ranges.emplace_back()));
  }
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& /*state*/) {
  return once([args = std::move(args)](Responder& responder) {
    if (args.ranges.empty()) {
      responder.untagged("LANGUAGE (I-DEFAULT EN)");
      return responder.ok("Done");
    }
    for (const std::string& range : args.ranges) {
      for (const View tag : kTags) {
        if (!matches(range, tag)) continue;
        responder.raw("* LANGUAGE (").raw(tag).raw(")").end();
        return responder.ok("English it is");
      }
    }
    responder.finish(kNoLanguage);
  });
}

}  // namespace posthorn::imap::commands::language
