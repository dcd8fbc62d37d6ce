#include "protocol/imap/commands/comparator.h"

#include <utility>

#include "posthorn/protocol/imap/comparator.h"

#include "protocol/imap/pattern.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::comparator {

namespace {

/// collation-order of RFC 4790 section 3.2: a name in which "*" stands for anything, or "default".
bool matches(View order, const ComparatorRow& row) {
  if (same_word(order, "default")) return row.comparator == kComparators.front().comparator;
  std::string folded;
  for (const char c : order) folded += to_lower(c);
  // "%" is a wildcard of mailbox names, not of these.
  return folded.find('%') == std::string::npos && Pattern(folded).matches(row.name);
}

void tell(const State& state, const std::vector<View>& matching, Responder& responder) {
  responder.raw("* COMPARATOR ").string(name_of(state.comparator));
  for (std::size_t i = 0; i < matching.size(); ++i) responder.raw(i == 0 ? " (" : " ").string(matching[i]);
  responder.raw(matching.empty() ? "" : ")").end();
}

}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  while (c.ok() && !c.at_end()) {
    if (args.orders.size() == kMaxOrders) c.fail(Code::too_many, "comparators");
    static_cast<void>(c.sp() && astring(c, args.orders.emplace_back()));
  }
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    std::vector<View> matching;
    for (const std::string& order : args.orders) {
      for (const ComparatorRow& row : kComparators) {
        if (!matches(order, row)) continue;
        if (matching.empty()) state.comparator = row.comparator;
        matching.push_back(row.name);
      }
    }
    if (matching.empty() && !args.orders.empty()) return responder.finish(kBadComparator);
    tell(state, matching, responder);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::comparator
