#include "posthorn/protocol/imap/search_digest.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "posthorn/bytes/codec/fold.h"
#include "posthorn/grammar/mime/header.h"

#include "protocol/imap/search_texts.h"

namespace posthorn::imap {

namespace {
// docs/formats/search-digest.md. The version is also that of the texts: older digests must deny nothing when SEARCH
// finds more than before.
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kBits = 3;
constexpr std::size_t kHead = 8;
constexpr std::size_t kWord = 8;
constexpr std::size_t kWordBits = 64;
constexpr std::size_t kMaxWords = (kMaxSearchDigest - kHead) / kWord;
/// Where a filter could be twice as long, at most 9 bits of 20 are set: then up to 11 % of the trigrams that are not
/// there look as if they were, 4 % as a mean.
constexpr bool is_dense(std::size_t bits, std::size_t words) { return bits * 20 > words * kWordBits * 9; }
/// With more than half of the bits, 14 % do: then the longest filter is not worth its room.
constexpr bool is_full(std::size_t bits, std::size_t words) { return bits * 2 > words * kWordBits; }
/// So many trigrams for each word never make it dense.
constexpr std::size_t kTrigramsPerWord = 8;
static_assert(!is_dense(kTrigramsPerWord * kBits, 1));
static_assert(std::has_single_bit(kMaxWords));

/// What the bits of a trigram are before they are rotated: bit 0, one of the next 8, one of 8 farther away.
constexpr auto kPatterns = [] {
  std::array<std::uint64_t, 64> out{};
  for (unsigned i = 0; i < out.size(); ++i) out[i] = 1U | 2U << i % 8U | std::uint64_t{0x10000} << i / 8U * 4U;
  return out;
}();

/// Where a trigram is: one word, some bits of it.
struct Place {
  std::size_t word;
  std::uint64_t bits;
};
constexpr Place place_of(std::uint32_t trigram, std::size_t words) {
  const std::uint64_t h = trigram * 0xF1357AEA2E62A9C5U;
  return {(h >> 32U) & (words - 1), std::rotl(kPatterns[h >> 58U], static_cast<int>(h >> 52U & 63U))};
}

/// Octet i of a text, at its place in a trigram: the first is the lowest.
constexpr std::uint32_t octet(View text, std::size_t i) {
  return std::uint32_t{static_cast<unsigned char>(text[i])} << (8U * i);
}
constexpr std::uint32_t trigram_of(View text) { return octet(text, 0) | octet(text, 1) | octet(text, 2); }
constexpr std::uint32_t kThreeOctets = 0xFFFFFF;

std::uint64_t word_at(View octets, std::size_t at) {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < kWord; ++i) word |= std::uint64_t{static_cast<unsigned char>(octets[at + i])} << (8U * i);
  return word;
}

/// Tells damaged octets from others: any one word that differs makes another sum.
class Check {
 public:
  explicit Check(std::size_t words) : sum_(0xCBF29CE484222325U ^ (std::uint64_t{kBits} << 32U) ^ words) {}
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

/// Collects the trigrams of texts. How long the filter must be is known only at the end: what is short is held back
/// until then, and a filter that is too long is folded, the second half of its words upon the first.
class Trigrams {
 public:
  /// Goes on with the present text.
  void add(View text) {
    held_ += text;
    if (held_.size() >= kMostHeld) pour(kMaxWords);
  }
  /// No trigram goes over the end of a text.
  void end_text() {
    if (ends_.empty() || ends_.back() != held_.size()) ends_.push_back(held_.size());
  }
  /// The filter; one without words says that everything may be there. @lifetime until the next call
  [[nodiscard]] std::span<const std::uint64_t> filter() {
    pour(std::bit_ceil(held_.size() / kTrigramsPerWord + 1));
    std::span<std::uint64_t> words(words_);
    if (words.size() == kMaxWords && is_full(bits_of(words, words), kMaxWords)) return {};
    for (std::size_t half = words.size() / 2; half > 0; half /= 2) {
      if (is_dense(bits_of(words.first(half), words.last(half)), half)) break;
      for (std::size_t i = 0; i < half; ++i) words[i] |= words[i + half];
      words = words.first(half);
    }
    return words;
  }
  /// Forgets all.
  void clear() {
    words_.clear();
    held_.clear();
    ends_.clear();
  }

 private:
  static constexpr std::size_t kMostHeld = kMaxWords * kTrigramsPerWord;

  static std::size_t bits_of(std::span<const std::uint64_t> some, std::span<const std::uint64_t> others) {
    std::size_t bits = 0;
    for (std::size_t i = 0; i < some.size(); ++i) bits += static_cast<std::size_t>(std::popcount(some[i] | others[i]));
    return bits;
  }

  /// Puts what is held into the filter, which has this many words if it is new; holds on to what may begin a trigram.
  void pour(std::size_t words) {
    if (words_.empty()) words_.resize(words);
    const View held = held_;
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      put(held.substr(begin, end - begin));
      begin = end;
    }
    put(held.substr(begin));
    held_.erase(0, std::max(begin, held_.size() - std::min<std::size_t>(held_.size(), 2)));
    ends_.clear();
  }
  void put(View text) {
    if (text.size() < 3) return;
    std::uint64_t* const words = words_.data();
    const std::size_t count = words_.size();
    const auto put_one = [&](std::uint32_t trigram) {
      const Place place = place_of(trigram, count);
      words[place.word] |= place.bits;
    };
    put_one(trigram_of(text.substr(text.size() - 3)));
    // The others have an octet after them, so four are read at once. Of a row of one character, one is enough: each
    // would wait for the word that the one before it writes.
    std::uint32_t last = ~0U;
    for (; text.size() > 3; text.remove_prefix(1)) {
      const std::uint32_t trigram = (trigram_of(text) | octet(text, 3)) & kThreeOctets;
      if (trigram == last) continue;
      last = trigram;
      put_one(trigram);
    }
  }

  std::vector<std::uint64_t> words_;  // a power of two of them, or none yet
  std::string held_;                  // texts that are not in words_...
  std::vector<std::size_t> ends_;     // ...and where they end
};

std::string written(std::span<const std::uint64_t> filter) {
  Check check(filter.size());
  for (const std::uint64_t word : filter) check.add(word);
  std::string out;
  out.reserve(kHead + filter.size() * kWord);
  put_number(out, kVersion, 1);
  put_number(out, kBits, 1);
  put_number(out, static_cast<std::uint32_t>(filter.size()), 2);
  put_number(out, check.value(), 4);
  for (const std::uint64_t word : filter) {
    std::array<char, kWord> octets{};
    for (unsigned i = 0; i < kWord; ++i) octets[i] = static_cast<char>(word >> (8U * i));
    out.append(octets.data(), octets.size());
  }
  return out;
}

/// The words of a digest, if it is whole and says something.
std::optional<View> read(View digest) {
  if (digest.size() <= kHead || number_at(digest, 0, 1) != kVersion || number_at(digest, 1, 1) != kBits) {
    return std::nullopt;
  }
  const View filter = digest.substr(kHead);
  const std::size_t words = number_at(digest, 2, 2);
  if (!std::has_single_bit(words) || filter.size() != words * kWord) return std::nullopt;
  Check check(words);
  for (std::size_t at = 0; at < filter.size(); at += kWord) check.add(word_at(filter, at));
  if (number_at(digest, 4, 4) != check.value()) return std::nullopt;
  return filter;
}
}  // namespace

struct SearchDigestBuilder::State final : search::TextSink {
  void feed(View octets) {
    if (!walker) walker.emplace(*this);
    if (in_header && !header.feed(octets)) end_header();
    walker->feed(octets);
  }
  std::string finish() {
    if (in_header) end_header();
    if (walker) walker->finish();
    std::string out = written(trigrams.filter());
    walker.reset();
    header.clear();
    in_header = true;
    trigrams.clear();
    return out;
  }
  void text(View text) override { trigrams.add(codec::fold_case(text)); }
  void text_ends() override { trigrams.end_text(); }

 private:
  void end_header() {
    in_header = false;
    mime::FieldReader reader(header.text());
    for (mime::Field field; reader.next(field);) {
      text(search::line_of(field));
      text_ends();
    }
  }

  search::HeaderCollector header;
  bool in_header = true;
  std::optional<search::ContentWalker> walker;
  Trigrams trigrams;
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
    const Place place = place_of(trigram_of(folded.substr(at)), filter->size() / kWord);
    if ((~word_at(*filter, place.word * kWord) & place.bits) != 0) return false;
  }
  return true;
}

}  // namespace posthorn::imap
