#include "protocol/imap/message_source.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/frame/header_end.h"

namespace posthorn::imap {

void MessageSource::forget() {
  piece_.clear();
  piece_at_ = 0;
  header_end_.reset();
  outline_.reset();
  tree_.reset();
  summary_.forget();
}

void MessageSource::open(SelectedMailbox& mailbox, SeqNum number) {
  forget();
  mailbox_ = &mailbox;
  number_ = number;
  size_ = mailbox.facts(number).octets;
}

void MessageSource::open(std::string octets) {
  forget();
  mailbox_ = nullptr;  // never asked: all octets are in one piece
  piece_ = std::move(octets);
  size_ = piece_.size();
}

void MessageSource::look_up_summary() {
  summary_.look_up(*mailbox_, number_, size_);
  if (summary() != nullptr) header_end_ = summary()->header_octets();
}

Result<View> MessageSource::at(std::uint64_t offset, std::size_t piece) {
  if (offset >= size_) return View();
  if (offset < piece_at_ || offset >= piece_at_ + piece_.size()) {
    auto octets = mailbox_->read(number_, offset, std::min<std::uint64_t>(piece, size_ - offset));
    if (!octets) return fail(std::move(octets.error()));
    if (octets->empty()) return fail(environment_error(Code::corrupt, "a message shorter than its size"));
    piece_ = std::move(*octets);
    piece_at_ = offset;
  }
  return View(piece_).substr(static_cast<std::size_t>(offset - piece_at_));
}

Result<std::uint64_t> MessageSource::header_end() {
  if (header_end_) return *header_end_;
  frame::HeaderEnd end;
  for (std::uint64_t offset = 0; offset < size_ && !end.found();) {
    const auto octets = at(offset, offset == 0 ? kHeaderPiece : kBodyPiece);
    if (!octets) return fail(octets.error());
    end.feed(*octets);
    offset += octets->size();
  }
  header_end_ = end.offset();
  return *header_end_;
}

Result<std::string> MessageSource::text(std::uint64_t begin, std::uint64_t end) {
  std::string out;
  end = std::min({end, size_, begin + kMaxHeader});
  while (begin < end) {
    const auto octets = at(begin);
    if (!octets) return fail(octets.error());
    const View wanted = octets->substr(0, static_cast<std::size_t>(end - begin));
    out += wanted;
    begin += wanted.size();
  }
  return out;
}

Result<const mime::Outline*> MessageSource::outline() {
  if (outline_) return &*outline_;
  mime::Outliner outliner;
  for (std::uint64_t offset = 0; offset < size_;) {
    const auto octets = at(offset);
    if (!octets) return fail(octets.error());
    outliner.feed(*octets);
    offset += octets->size();
  }
  outline_ = outliner.finish();
  return &*outline_;
}

Result<const mime::Outline*> MessageSource::tree() {
  if (outline_) return &*outline_;
  if (!tree_ && summary() != nullptr && !summary()->tree().empty()) tree_ = mime::Outline::unpack(summary()->tree());
  if (tree_) return &*tree_;
  return outline();
}

Result<std::optional<Extent>> MessageSource::extent(Section::Kind kind, const Section& section) {
  if (!section.needs_only_header()) {
    const auto parts = tree();
    if (!parts) return fail(parts.error());
    std::optional<Extent> found = extent_of(section, **parts);
    if (found) *found = {std::min(found->begin, size_), std::min(found->end, size_)};
    return found;
  }
  if (kind == Section::Kind::all) return Extent{0, size_};
  const auto end = header_end();
  if (!end) return fail(end.error());
  return extent_of(kind, *end, size_);
}

}  // namespace posthorn::imap
