#include "protocol/imap/search_return.h"

#include <algorithm>

#include "posthorn/protocol/imap/arguments.h"

namespace posthorn::imap::search {

namespace {

struct Row {
  View word;
  Return option;
};
constexpr Row kRows[] = {{"MIN", Return::min},      {"MAX", Return::max},        {"ALL", Return::all},
                         {"COUNT", Return::count},  {"SAVE", Return::save},      {"UPDATE", Return::update},
                         {"CONTEXT", Return::hint}, {"PARTIAL", Return::partial}};

bool option(Cursor& c, ReturnOptions& out) {
  View word;
  if (!atom(c, word)) return false;
  const auto* row = std::ranges::find_if(kRows, [&](const Row& r) { return same_word(r.word, word); });
  if (row == std::end(kRows)) return c.fail(Code::syntax, "an unknown result option");
  // "PARTIAL can be used only once" (RFC 9394 section 3.1); twice the same word of another kind does no harm.
  if (row->option == Return::partial) {
    if (out.has(Return::partial)) return c.fail(Code::syntax, "PARTIAL twice");
    if (!(c.sp() && partial_range(c, out.partial))) return false;
  }
  out.what = out.what | row->option;
  return true;
}

bool signed_number(Cursor& c, std::uint32_t& number, bool& negative) {
  negative = c.try_octet('-');
  return c.number(number) && (number != 0 || c.fail(Code::syntax, "results are counted from 1"));
}

}  // namespace

bool partial_range(Cursor& c, PartialRange& out) {
  bool last_from_end = false;
  if (!(signed_number(c, out.first, out.from_end) && c.octet(':') && signed_number(c, out.last, last_from_end))) {
    return false;
  }
  return out.from_end == last_from_end || c.fail(Code::syntax, "a range from one end to the other");
}

bool return_options(Cursor& c, ReturnOptions& out) {
  if (!c.try_word(" RETURN (")) return c.ok();
  out.given = true;
  for (bool first = true; c.ok() && !c.try_octet(')'); first = false) {
    if (!((first || c.sp()) && option(c, out))) return false;
  }
  if (out.has(Return::partial) && out.has(Return::all)) return c.fail(Code::syntax, "PARTIAL and ALL");
  if (!out.tells() && !out.has(Return::save)) out.what = out.what | Return::all;
  return c.ok();
}

Slice slice_of(const PartialRange& range, std::size_t count) {
  const std::size_t low = std::min(range.first, range.last);
  const std::size_t high = std::min<std::size_t>(std::max(range.first, range.last), count);
  if (low > high) return {};
  if (range.from_end) return {count - high, count - low + 1};
  return {low - 1, high};
}

}  // namespace posthorn::imap::search
