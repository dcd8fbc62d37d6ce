#include "protocol/imap/binary.h"

#include <algorithm>
#include <limits>

#include "posthorn/grammar/mime/content.h"

namespace posthorn::imap {

std::optional<codec::Transfer> binary_transfer(mime::Encoding encoding) {
  if (encoding == mime::Encoding::unknown) return std::nullopt;
  return mime::transfer_of(encoding);
}

Result<View> BinaryReader::next() {
  piece_.clear();
  while (piece_.empty() && !over_) {
    if (left_.begin >= left_.end) {
      decoder_.finish(piece_);
      over_ = true;
      break;
    }
    const auto octets = source_->at(
        left_.begin, static_cast<std::size_t>(std::min<std::uint64_t>(kBodyPiece, left_.end - left_.begin)));
    if (!octets) return fail(octets.error());
    const View encoded =
        octets->substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(octets->size(), left_.end - left_.begin)));
    decoder_.decode(encoded, piece_);
    left_.begin += encoded.size();
  }
  return View(piece_);
}

Result<BinaryFacts> measure(BinaryReader reader, std::uint64_t from, std::uint64_t count) {
  const std::uint64_t last = from + std::min(count, std::numeric_limits<std::uint64_t>::max() - from);
  BinaryFacts facts;
  for (;;) {
    const auto octets = reader.next();
    if (!octets) return fail(octets.error());
    if (octets->empty()) return facts;
    const std::uint64_t after = facts.octets + octets->size();
    const std::uint64_t begin = std::max(from, facts.octets);
    const std::uint64_t end = std::min(last, after);
    if (!facts.has_nul && begin < end) {
      const View wanted =
          octets->substr(static_cast<std::size_t>(begin - facts.octets), static_cast<std::size_t>(end - begin));
      facts.has_nul = wanted.find('\0') != View::npos;
    }
    facts.octets = after;
  }
}

Result<View> BinaryRange::next() {
  while (range_.begin < range_.end) {
    const auto octets = reader_.next();
    if (!octets) return fail(octets.error());
    if (octets->empty()) return fail(environment_error(Code::corrupt, "a part shorter than before"));
    const std::uint64_t begin = at_;
    at_ += octets->size();
    if (at_ <= range_.begin) continue;
    const View wanted = octets->substr(static_cast<std::size_t>(range_.begin - begin),
                                       static_cast<std::size_t>(range_.end - range_.begin));
    range_.begin += wanted.size();
    return wanted;
  }
  return View();
}

}  // namespace posthorn::imap
