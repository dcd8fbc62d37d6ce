#include "protocol/imap/url_source.h"

#include <algorithm>
#include <utility>

namespace posthorn::imap {

// The session's own view, where it has the message: opening another one reads the mailbox.
Result<SelectedMailbox*> UrlSource::mailbox(const std::string& name, Uid uid) {
  const bool selected = state_.selected != nullptr && state_.selected_name == name;
  if (selected && state_.selected->number_of(uid)) return state_.selected.get();
  if (other_ == nullptr || other_name_ != name || !other_->number_of(uid)) {
    auto opened = state_.mailboxes->select(name, true);
    if (!opened) return fail(std::move(opened.error()));
    other_ = std::move(*opened);
    other_name_ = name;
  }
  return other_.get();
}

Result<Extent> UrlSource::extent(const Section& section) {
  if (!section.needs_only_header()) {
    const auto outline = message_.outline();
    if (!outline) return fail(outline.error());
    const auto found = extent_of(section, **outline);
    if (!found) return fail(peer_error(Code::not_found, "part"));
    return *found;
  }
  if (section.kind == Section::Kind::all) return Extent{0, message_.size()};
  const auto end = message_.header_end();
  if (!end) return fail(end.error());
  return extent_of(section.kind, *end, message_.size());
}

Result<std::uint64_t> UrlSource::open(const MessageUrl& url) {
  const auto found = mailbox(url.mailbox, url.uid);
  if (!found) return fail(found.error());
  SelectedMailbox& view = **found;
  if (url.uid_validity && view.status().uid_validity != *url.uid_validity) {
    return fail(peer_error(Code::not_found, "UIDVALIDITY"));
  }
  const auto number = view.number_of(url.uid);
  if (!number) return fail(peer_error(Code::not_found, "message"));
  message_.open(view, *number);
  auto part = extent(url.section);
  if (!part) return fail(std::move(part.error()));
  fields_.clear();
  if (url.section.is_field_list()) {
    const auto header = message_.text(part->begin, part->end);
    if (!header) return fail(header.error());
    fields_ = matching_fields(*header, url.section);
    *part = {0, fields_.size()};
  }
  left_ = *part;
  left_.begin += std::min(url.from, left_.end - left_.begin);
  left_.end = left_.begin + std::min(url.count.value_or(left_.end), left_.end - left_.begin);
  return left_.end - left_.begin;
}

Result<View> UrlSource::next() {
  if (left_.begin == left_.end) return View();
  View octets;
  if (!fields_.empty()) {
    octets = View(fields_).substr(static_cast<std::size_t>(left_.begin));
  } else {
    const auto piece = message_.at(left_.begin);
    if (!piece) return fail(piece.error());
    octets = *piece;
  }
  octets = octets.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(octets.size(), left_.end - left_.begin)));
  left_.begin += octets.size();
  return octets;
}

}  // namespace posthorn::imap
