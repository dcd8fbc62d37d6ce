#include "protocol/sieve/filing.h"

#include <algorithm>

#include "posthorn/bytes/codec/utf8.h"

namespace posthorn::sieve {

bool is_mailbox_name(View name) {
  return !name.empty() && name.size() <= 1000 && codec::is_utf8(name) && name.find_first_of("\r\n") == View::npos;
}

FileInto* filed(Action& action) {
  const auto copy = [](std::optional<FileInto>& place) { return place ? &*place : &place.emplace(); };
  if (auto* into = std::get_if<FileInto>(&action)) return into;
  if (auto* answer = std::get_if<Vacation>(&action)) return copy(answer->copy);
  if (auto* notify = std::get_if<Notify>(&action)) return copy(notify->copy);
  return nullptr;
}

void check_filing_tag(Check& check, const TagRow& tag) {
  if ((check.node().row->takes & takes::sending) == 0) return;
  const auto tags = check.program().tags(check.node());
  if (std::ranges::none_of(tags, [](const Bound& each) { return each.tag->name == "fcc"; }))
    check.error("':" + own(tag.name) + "' stands here only beside ':fcc'");
}

}  // namespace posthorn::sieve
