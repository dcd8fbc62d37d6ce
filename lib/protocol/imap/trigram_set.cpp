#include "protocol/imap/trigram_set.h"

#include <algorithm>

namespace posthorn::imap::search {

namespace {
constexpr std::uint32_t kEmpty = TrigramSet::kEnd;

constexpr std::uint32_t place_of(std::uint32_t trigram, unsigned bits) {
  return (trigram * 0x9E3779B1U) >> (32U - bits);
}
}  // namespace

void TrigramSet::add(View text) {
  while (octets_ < 2 && !text.empty()) {
    last_ = (last_ << 8U) | static_cast<unsigned char>(text.front());
    ++octets_;
    text.remove_prefix(1);
  }
  // Without a branch for what is new: that would be guessed wrong for every third octet.
  while (!text.empty()) {
    if (pending_count_ == kPending) settle();
    const View some = text.substr(0, kPending - pending_count_);
    std::uint32_t last = last_;
    std::uint32_t* const recent = recent_.data();
    std::uint32_t* pending = pending_.data() + pending_count_;
    for (const char c : some) {
      last = ((last << 8U) | static_cast<unsigned char>(c)) & (kEnd - 1);
      const std::uint32_t place = place_of(last, kRecentBits);
      *pending = last;
      pending += recent[place] != last ? 1 : 0;
      recent[place] = last;
    }
    last_ = last;
    pending_count_ = static_cast<std::size_t>(pending - pending_.data());
    text.remove_prefix(some.size());
  }
}

std::span<const std::uint32_t> TrigramSet::all() {
  settle();
  return all_;
}

void TrigramSet::settle() {
  const std::size_t known = all_.size();
  if ((known + pending_count_) * 2 > slots_.size()) grow();
  all_.resize(known + pending_count_);
  std::uint32_t* end = all_.data() + known;
  std::uint32_t* const slots = slots_.data();
  const std::size_t mask = slots_.size() - 1;
  for (const std::uint32_t trigram : std::span(pending_).first(pending_count_)) {
    std::size_t at = place_of(trigram, slot_bits_);
    while (slots[at] != kEmpty && slots[at] != trigram) at = (at + 1) & mask;
    *end = trigram;
    end += slots[at] == kEmpty ? 1 : 0;
    slots[at] = trigram;
  }
  all_.resize(static_cast<std::size_t>(end - all_.data()));
  pending_count_ = 0;
}

void TrigramSet::grow() {
  slot_bits_ += 2;
  slots_.assign(std::size_t{1} << slot_bits_, kEmpty);
  const std::size_t mask = slots_.size() - 1;
  for (const std::uint32_t trigram : all_) {
    std::size_t at = place_of(trigram, slot_bits_);
    while (slots_[at] != kEmpty) at = (at + 1) & mask;
    slots_[at] = trigram;
  }
}

void TrigramSet::clear() {
  recent_.fill(kEmpty);
  pending_count_ = 0;
  slot_bits_ = kSmallBits;
  slots_.assign(std::size_t{1} << slot_bits_, kEmpty);
  all_.clear();
  end_text();
}

}  // namespace posthorn::imap::search
