#include "posthorn/protocol/dkim/body_hash.h"

#include <algorithm>

namespace posthorn::dkim {

namespace {
constexpr std::size_t kSmall = 512;       // octets of a piece that is collected first...
constexpr std::size_t kCollected = 8192;  // ...until there are so many
}  // namespace

void BodyHash::add(View chunk) {
  for (View piece = body_.next(chunk); !piece.empty(); piece = body_.next(chunk)) take(piece);
}

void BodyHash::finish() {
  for (View piece = body_.finish(); !piece.empty(); piece = body_.finish()) take(piece);
  take({});
  flush();
  whole_ = hash_.finish();
}

void BodyHash::take(View piece) {
  for (auto next = beginnings_.lower_bound(octets_); next != beginnings_.end(); ++next) {
    if (next->first - octets_ > piece.size()) break;
    const auto count = static_cast<std::size_t>(next->first - octets_);
    hash(piece.substr(0, count));
    piece.remove_prefix(count);
    flush();
    next->second = crypto::Sha256(hash_).finish();
  }
  hash(piece);
}

void BodyHash::hash(View piece) {
  octets_ += piece.size();
  if (piece.size() < kSmall) {
    small_.append(piece);
    if (small_.size() >= kCollected) flush();
    return;
  }
  flush();
  hash_.add(piece);
}

void BodyHash::flush() {
  if (!small_.empty()) hash_.add(small_);
  small_.clear();
}

std::string BodyHash::digest(std::optional<std::uint64_t> octets) const {
  if (!octets) return whole_;
  const auto found = beginnings_.find(*octets);
  return found == beginnings_.end() ? std::string() : found->second;
}

void BodyHashes::want(Canonicalization how, std::optional<std::uint64_t> octets) {
  auto& form = forms_[index_of(how)];
  if (!form) form.emplace(how);
  if (octets) form->want(*octets);
}

void BodyHashes::add(View chunk) {
  for (auto& form : forms_) {
    if (form) form->add(chunk);
  }
}

void BodyHashes::finish() {
  for (auto& form : forms_) {
    if (form) form->finish();
  }
}

}  // namespace posthorn::dkim
