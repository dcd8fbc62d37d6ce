#include "posthorn/protocol/imap/search_digest.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "posthorn/grammar/mime/header.h"

#include "protocol/imap/search_texts.h"
#include "protocol/imap/trigram_set.h"

namespace posthorn::imap {

namespace {
// docs/formats/search-digest.md. The version is also that of the texts: older digests must deny nothing when SEARCH finds
// more than before.
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kProbes = 4;
constexpr std::size_t kHead = 8;
constexpr std::size_t kWord = 8;
constexpr std::size_t kWordBits = 64;
/// 6.4 bits and 4 probes for a trigram: 4.7 % of others look as if they were there.
constexpr std::size_t kTrigramsPerWord = 10;
/// With 4 bits for one, 16 % do: then the digest is not worth its room.
constexpr std::size_t kMostPerWord = 16;
constexpr std::size_t kMaxWords = (kMaxSearchDigest - kHead) / kWord;

/// The bits of one trigram.
class Probes {
 public:
  Probes(std::uint32_t trigram, std::size_t bits) : bits_(bits) {
    std::uint64_t h = trigram * 0x9E3779B97F4A7C15U;
    h ^= h >> 32U;
    h *= 0xD6E8FEB86659FD93U;
    h ^= h >> 32U;
    at_ = static_cast<std::uint32_t>(h);
    step_ = static_cast<std::uint32_t>(h >> 32U) | 1U;
  }
  std::size_t next() {
    const std::uint64_t scaled = at_ * bits_;
    at_ += step_;
    return static_cast<std::size_t>(scaled >> 32U);
  }

 private:
  std::uint64_t bits_;
  std::uint32_t at_ = 0;
  std::uint32_t step_ = 0;
};

std::uint64_t word_at(View octets, std::size_t at) {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < kWord; ++i) word |= std::uint64_t{static_cast<unsigned char>(octets[at + i])} << (8U * i);
  return word;
}

/// Tells damaged octets from others: any one word that differs makes another sum.
class Check {
 public:
  Check(std::uint8_t probes, std::size_t words) : sum_(0xCBF29CE484222325U ^ (std::uint64_t{probes} << 32U) ^ words) {}
  void add(std::uint64_t word) {
    sum_ = (sum_ ^ word) * 0x9E3779B97F4A7C15U;
    sum_ ^= sum_ >> 32U;
  }
  [[nodiscard]] std::uint32_t value() const { return static_cast<std::uint32_t>(sum_); }

 private:
  std::uint64_t sum_;
};

void put_number(std::string& out, std::uint32_t number, unsigned octets) {
  while (octets-- > 0) out += static_cast<char>(number >> (8U * octets));
}

std::uint32_t number_at(View octets, std::size_t at, unsigned count) {
  std::uint32_t number = 0;
  for (; count > 0; --count) number = (number << 8U) | static_cast<unsigned char>(octets[at++]);
  return number;
}

/// The filter; one without words says that everything may be there.
std::vector<std::uint64_t> filter_of(std::span<const std::uint32_t> trigrams) {
  if (trigrams.size() > kMaxWords * kMostPerWord) return {};
  const std::size_t wanted = (trigrams.size() + kTrigramsPerWord - 1) / kTrigramsPerWord;
  std::vector<std::uint64_t> out(std::clamp<std::size_t>(wanted, 1, kMaxWords));
  std::uint64_t* const words = out.data();
  for (const std::uint32_t trigram : trigrams) {
    Probes probes(trigram, out.size() * kWordBits);
    for (unsigned i = 0; i < kProbes; ++i) {
      const std::size_t bit = probes.next();
      words[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
    }
  }
  return out;
}

std::string written(const std::vector<std::uint64_t>& filter) {
  Check check(kProbes, filter.size());
  for (const std::uint64_t word : filter) check.add(word);
  std::string out;
  out.reserve(kHead + filter.size() * kWord);
  put_number(out, kVersion, 1);
  put_number(out, kProbes, 1);
  put_number(out, static_cast<std::uint32_t>(filter.size()), 2);
  put_number(out, check.value(), 4);
  for (const std::uint64_t word : filter) {
    std::array<char, kWord> octets{};
    for (unsigned i = 0; i < kWord; ++i) octets[i] = static_cast<char>(word >> (8U * i));
    out.append(octets.data(), octets.size());
  }
  return out;
}

/// What a digest says, if it is whole and says something.
struct Filter {
  View words;
  std::uint8_t probes = 0;
};
std::optional<Filter> read(View digest) {
  if (digest.size() <= kHead || number_at(digest, 0, 1) != kVersion) return std::nullopt;
  const Filter out{digest.substr(kHead), static_cast<std::uint8_t>(number_at(digest, 1, 1))};
  const std::size_t words = number_at(digest, 2, 2);
  if (out.words.size() != words * kWord) return std::nullopt;
  Check check(out.probes, words);
  for (std::size_t at = 0; at < out.words.size(); at += kWord) check.add(word_at(out.words, at));
  if (number_at(digest, 4, 4) != check.value()) return std::nullopt;
  return out;
}

bool has(const Filter& filter, std::uint32_t trigram) {
  Probes probes(trigram, filter.words.size() * 8);
  for (unsigned i = 0; i < filter.probes; ++i) {
    const std::size_t bit = probes.next();
    if (((static_cast<unsigned char>(filter.words[bit / 8]) >> (bit % 8)) & 1U) == 0) return false;
  }
  return true;
}
}  // namespace

struct SearchDigestBuilder::State final : search::TextSink {
  void feed(View octets) {
    if (is_full()) return;
    if (!walker) walker.emplace(*this);
    if (in_header && !header.feed(octets)) end_header();
    walker->feed(octets);
  }
  std::string finish() {
    if (in_header) end_header();
    if (walker && !is_full()) walker->finish();
    std::string out = written(filter_of(trigrams.all()));
    walker.reset();
    header.clear();
    in_header = true;
    trigrams.clear();
    return out;
  }
  void text(View folded) override { trigrams.add(folded); }
  void text_ends() override { trigrams.end_text(); }

 private:
  /// Nothing that comes can change the digest.
  [[nodiscard]] bool is_full() { return trigrams.count() > kMaxWords * kMostPerWord; }
  void end_header() {
    in_header = false;
    mime::FieldReader reader(header.text());
    for (mime::Field field; reader.next(field);) {
      text(search::folded_line(field));
      text_ends();
    }
  }

  search::HeaderCollector header;
  bool in_header = true;
  std::optional<search::ContentWalker> walker;
  search::TrigramSet trigrams;
};

SearchDigestBuilder::SearchDigestBuilder() : state_(std::make_unique<State>()) {}
SearchDigestBuilder::~SearchDigestBuilder() = default;
SearchDigestBuilder::SearchDigestBuilder(SearchDigestBuilder&&) noexcept = default;
SearchDigestBuilder& SearchDigestBuilder::operator=(SearchDigestBuilder&&) noexcept = default;

void SearchDigestBuilder::feed(View octets) { state_->feed(octets); }
std::string SearchDigestBuilder::finish() { return state_->finish(); }

bool may_hold(View digest, View folded) {
  const auto filter = read(digest);
  if (!filter) return true;
  for (std::size_t at = 0; at + 3 <= folded.size(); ++at) {
    if (!has(*filter, number_at(folded, at, 3))) return false;
  }
  return true;
}

}  // namespace posthorn::imap
