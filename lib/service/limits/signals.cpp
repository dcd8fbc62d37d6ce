#include "posthorn/service/limits/signals.h"

#include <algorithm>
#include <bit>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/header.h"

#include "grammar/lower_case.h"

namespace posthorn::limits {

namespace {

/// Programs whose purpose is mass mailing, as they name themselves; in lower case.
constexpr std::array<View, 12> kBulkMailers{"phplist",     "sendblaster", "mailchimp",   "mass mailer",
                                            "bulk mailer", "interspire",  "maxbulk",     "atomic mail sender",
                                            "group mail",  "mailwizz",    "turbomailer", "advanced mass sender"};

constexpr std::uint64_t kOffset = 0xCBF29CE484222325U;  // FNV-1a, 64 bits
constexpr std::uint64_t kPrime = 0x100000001B3U;

std::uint64_t mixed(std::uint64_t hash) {  // the last step of splitmix64: FNV leaves the high bits alike
  hash = (hash ^ (hash >> 30U)) * 0xBF58476D1CE4E5B9U;
  hash = (hash ^ (hash >> 27U)) * 0x94D049BB133111EBU;
  return hash ^ (hash >> 31U);
}

bool names_bulk_mailer(View raw) {
  const std::string text = lower_case(mime::unfold(raw));
  return std::any_of(kBulkMailers.begin(), kBulkMailers.end(),
                     [&](View name) { return text.find(name) != std::string::npos; });
}

bool is_steady(std::span<const Sent> sent, WallTime now, const SignalWeights& weights) {
  if (weights.cadence_messages < 2 || sent.size() + 1 < weights.cadence_messages) return false;
  const auto last = sent.last(weights.cadence_messages - 1);
  std::vector<std::int64_t> gaps;
  for (std::size_t i = 1; i < last.size(); ++i) gaps.push_back((last[i].at - last[i - 1].at).count());
  gaps.push_back((now - last.back().at).count());
  const auto [least, most] = std::minmax_element(gaps.begin(), gaps.end());
  // Seconds are the grain of the times: a difference of one says nothing.
  return *least >= 0 && *most <= weights.cadence_within.count() &&
         *most - *least <= std::max<std::int64_t>(1, *most / 10);
}

}  // namespace

HeaderSigns read_signs(View header) {
  HeaderSigns signs;
  mime::FieldReader reader(header);
  mime::Field field;
  while (reader.next(field)) {
    if (same_word(field.name, "Precedence")) {
      const std::string value = mime::unfold(field.raw);
      signs.precedence_bulk = signs.precedence_bulk || same_word(value, "bulk") || same_word(value, "junk");
    } else if (same_word(field.name, "List-Unsubscribe")) {
      signs.list_unsubscribe = true;
    } else if (same_word(field.name, "X-Mailer") || same_word(field.name, "User-Agent")) {
      signs.bulk_mailer = signs.bulk_mailer || names_bulk_mailer(field.raw);
    }
  }
  return signs;
}

void ShingleDigest::feed(View octets) {
  constexpr CharSet kWord = chars::kAlpha + chars::kEightBit;
  for (const char c : octets) {
    if (kWord[c]) {
      if (!in_word_) word_ = kOffset;
      in_word_ = true;
      word_ = (word_ ^ static_cast<unsigned char>(to_lower(c))) * kPrime;
    } else if (in_word_ && !chars::kDigit[c]) {
      end_word();
    }
  }
}

void ShingleDigest::end_word() {
  in_word_ = false;
  words_[count_ % kShingle] = word_;
  ++count_;
  if (count_ < kShingle) return;
  std::uint64_t shingle = kOffset;
  for (std::uint64_t i = count_ - kShingle; i < count_; ++i) shingle = (shingle ^ words_[i % kShingle]) * kPrime;
  add(mixed(shingle));
}

void ShingleDigest::add(std::uint64_t shingle) {
  for (unsigned bit = 0; bit < 64; ++bit) weights_[bit] += ((shingle >> bit) & 1U) != 0 ? 1 : -1;
}

std::uint64_t ShingleDigest::finish() {
  if (in_word_) end_word();
  if (count_ == 0) return 0;
  if (count_ < kShingle) add(mixed(words_[0] * kPrime ^ words_[1]));
  std::uint64_t digest = 0;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if (weights_[bit] > 0) digest |= std::uint64_t{1} << bit;
  }
  return digest == 0 ? 1 : digest;
}

bool is_same_text(std::uint64_t a, std::uint64_t b) { return a != 0 && b != 0 && std::popcount(a ^ b) <= kSameBits; }

Score judge(const HeaderSigns& signs, std::uint64_t digest, std::uint32_t recipients, std::span<const Sent> sent,
            bool declared, WallTime now, const SignalWeights& weights) {
  Score score;
  const auto count = [&](bool holds, int points, View reason) {
    if (!holds) return;
    score.points += points;
    score.reasons.push_back(own(reason));
  };
  std::uint64_t same = recipients;
  for (const Sent& before : sent) same += is_same_text(before.digest, digest) ? before.recipients : 0;
  count(signs.precedence_bulk && !declared, weights.precedence_bulk, "precedence");
  count(signs.list_unsubscribe && !declared, weights.list_unsubscribe, "list-unsubscribe");
  count(signs.bulk_mailer, weights.bulk_mailer, "mailer");
  count(digest != 0 && same >= weights.same_body_recipients && !declared, weights.same_body, "same-body");
  count(is_steady(sent, now, weights), weights.cadence, "cadence");
  score.suspicious = score.points >= weights.suspicious;
  return score;
}

}  // namespace posthorn::limits
