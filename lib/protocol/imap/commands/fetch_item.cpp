#include "protocol/imap/commands/fetch_item.h"

#include <algorithm>

#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap::commands::fetch {

Need need_of(const Item& item) {
  switch (item.kind) {
    case Item::Kind::flags:
    case Item::Kind::internal_date:
    case Item::Kind::size:
    case Item::Kind::uid:
    case Item::Kind::modseq:
    case Item::Kind::email_id:
    case Item::Kind::thread_id:
    case Item::Kind::save_date: return Need::nothing;
    case Item::Kind::envelope:
    case Item::Kind::rfc822_header: return Need::header;
    case Item::Kind::preview: return item.lazy ? Need::nothing : Need::body;
    case Item::Kind::rfc822:
    case Item::Kind::rfc822_text: return Need::body;
    case Item::Kind::body:
    case Item::Kind::body_structure: return Need::tree;
    case Item::Kind::octets:
    case Item::Kind::binary:
    case Item::Kind::binary_size: break;
  }
  if (!item.section.needs_only_header()) return Need::tree;
  const bool has_body = item.section.kind == Section::Kind::all || item.section.kind == Section::Kind::text;
  return has_body ? Need::body : Need::header;
}

bool is_reading(const Item& item) {
  const bool octets = (item.kind == Item::Kind::octets || item.kind == Item::Kind::binary) && !item.peek;
  return octets || item.kind == Item::Kind::rfc822 || item.kind == Item::Kind::rfc822_text;
}

bool is_contents(const Item& item) {
  if (item.kind == Item::Kind::rfc822 || item.kind == Item::Kind::rfc822_text) return true;
  if (item.kind == Item::Kind::binary || item.kind == Item::Kind::binary_size) return true;
  if (item.kind != Item::Kind::octets) return false;
  const auto kind = item.section.kind;
  return !item.section.needs_only_header() || kind == Section::Kind::all || kind == Section::Kind::text;
}

bool wants_summary(const Item& item) {
  if (item.kind == Item::Kind::preview) return true;
  const bool whole = item.section.needs_only_header() && section_of(item) == Section::Kind::all;
  const bool octets = item.kind == Item::Kind::octets || item.kind == Item::Kind::binary ||
                      item.kind == Item::Kind::binary_size || item.kind == Item::Kind::rfc822;
  return need_of(item) != Need::nothing && !(octets && whole);
}

bool is_answered(const Item& item, const Summary& summary, const Enabled& enabled) {
  const auto kind = item.kind;
  if (kind == Item::Kind::envelope) {
    return !summary.envelope().empty() && (summary.envelope_is_ascii() || !enabled.utf8);
  }
  if (kind == Item::Kind::body || kind == Item::Kind::body_structure) {
    return !summary.structure().empty() && (summary.structure_is_ascii() || !enabled.utf8) &&
           !(summary.has_global() && enabled.rev2);
  }
  if (kind == Item::Kind::preview) return item.lazy || summary.preview().has_value();
  if (kind != Item::Kind::octets) return need_of(item) == Need::nothing;
  return item.section.kind == Section::Kind::fields && item.section.needs_only_header() &&
         std::ranges::all_of(item.section.names, [&](const std::string& name) { return summary.tells(name); });
}

Section::Kind section_of(const Item& item) {
  if (item.kind == Item::Kind::rfc822_header) return Section::Kind::header;
  if (item.kind == Item::Kind::rfc822_text) return Section::Kind::text;
  return item.section.kind;
}

Extent narrowed(Extent extent, const std::optional<Partial>& partial) {
  if (!partial) return extent;
  extent.begin += std::min(partial->from, extent.end - extent.begin);
  extent.end = extent.begin + std::min(partial->count, extent.end - extent.begin);
  return extent;
}

bool has(const std::vector<Item>& items, Item::Kind kind) {
  return std::ranges::any_of(items, [&](const Item& i) { return i.kind == kind; });
}

View FlagText::of(const Flags& flags) {
  if (flags != flags_) {
    flags_ = flags;
    text_ = "(" + flag_words(flags) + ")";
  }
  return text_;
}

}  // namespace posthorn::imap::commands::fetch
