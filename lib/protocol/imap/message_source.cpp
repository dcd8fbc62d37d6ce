#include "protocol/imap/message_source.h"

#include <algorithm>
#include <utility>

namespace posthorn::imap {

void MessageSource::open(SelectedMailbox& mailbox, SeqNum number) {
  mailbox_ = &mailbox;
  number_ = number;
  size_ = mailbox.facts(number).octets;
  piece_.clear();
  piece_at_ = 0;
  header_end_ = 0;
  header_known_ = false;
  outline_.reset();
}

void MessageSource::open(std::string octets) {
  mailbox_ = nullptr;  // never asked: all octets are in one piece
  piece_ = std::move(octets);
  piece_at_ = 0;
  size_ = piece_.size();
  header_end_ = 0;
  header_known_ = false;
  outline_.reset();
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
  if (header_known_) return header_end_;
  // The number of octets of CR? LF that would end the header here; a line starts at the beginning.
  bool line_start = true;
  bool after_cr = false;
  for (std::uint64_t offset = 0; offset < size_ && !header_known_;) {
    const auto octets = at(offset, offset == 0 ? kHeaderPiece : kBodyPiece);
    if (!octets) return fail(octets.error());
    for (std::size_t i = 0; i < octets->size(); ++i) {
      if (!line_start) {
        i = std::min(octets->find('\n', i), octets->size());
        line_start = i < octets->size();
        after_cr = false;
        continue;
      }
      const char c = (*octets)[i];
      if (c == '\n') {
        header_end_ = offset + i + 1;
        header_known_ = true;
        break;
      }
      line_start = c == '\r' && !after_cr;
      after_cr = line_start;
    }
    offset += octets->size();
  }
  if (!header_known_) header_end_ = size_;
  header_known_ = true;
  return header_end_;
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

}  // namespace posthorn::imap
