// Signs that a machine sends, not a person (features F14): a score, not a proof. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"

namespace posthorn::limits {

/// What a header says about who sends.
struct HeaderSigns {
  bool precedence_bulk = false;   ///< Precedence: bulk or junk (RFC 3834 section 3.1.8 knows the field)
  bool list_unsubscribe = false;  ///< RFC 2369 section 3.2
  bool bulk_mailer = false;       ///< X-Mailer or User-Agent of a program for mass mailings
};
[[nodiscard]] HeaderSigns read_signs(View header);

/// A 64-bit digest of a text that changes little when the text does: a simhash over shingles of kShingle words, ASCII
/// case folded, digits left out (names and numbers differ in mass mailings).
class ShingleDigest {
 public:
  static constexpr std::size_t kShingle = 3;
  /// The next octets of the body.
  void feed(View octets);
  /// 0 where the text has no words.
  [[nodiscard]] std::uint64_t finish();

 private:
  void end_word();
  void add(std::uint64_t shingle);

  std::array<std::int32_t, 64> weights_{};
  std::array<std::uint64_t, kShingle> words_{};  // the last hashes
  std::uint64_t word_ = 0;
  bool in_word_ = false;
  std::uint64_t count_ = 0;
};

/// Whether two digests are of nearly the same text: at most kSameBits bits differ.
inline constexpr int kSameBits = 3;
[[nodiscard]] bool is_same_text(std::uint64_t a, std::uint64_t b);

/// A message that was sent before.
struct Sent {
  WallTime at{};
  std::uint64_t digest = 0;
  std::uint32_t recipients = 0;
  bool operator==(const Sent&) const = default;
};

/// What each sign adds, and from where on it counts.
struct SignalWeights {
  int precedence_bulk = 2;
  int list_unsubscribe = 2;  ///< from a sender without a declared list
  int bulk_mailer = 3;
  int same_body = 4;
  std::uint32_t same_body_recipients = 50;  ///< that got the same text
  int cadence = 2;
  std::size_t cadence_messages = 10;         ///< at intervals that differ by less than a tenth
  std::chrono::seconds cadence_within{600};  ///< longer intervals are a person's
  int suspicious = 5;                        ///< score from which a message is
};

struct Score {
  int points = 0;
  bool suspicious = false;
  std::vector<std::string> reasons;  ///< "precedence", "list-unsubscribe", "mailer", "same-body", "cadence"
};

/// @param declared  the sender is on the exempt list of his domain: lists and equal texts are what he is for
/// @param sent  oldest first @param recipients  of the message itself
[[nodiscard]] Score judge(const HeaderSigns& signs, std::uint64_t digest, std::uint32_t recipients,
                          std::span<const Sent> sent, bool declared, WallTime now, const SignalWeights& weights = {});

}  // namespace posthorn::limits
