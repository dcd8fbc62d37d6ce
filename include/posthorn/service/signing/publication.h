// Whether the DNS publishes our keys (features 1.11): only what it does is worth signing with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "posthorn/protocol/dns/evaluation.h"
#include "posthorn/service/signing/keys.h"

namespace posthorn::signing {

enum class Published : std::uint8_t {
  unknown,  ///< the DNS does not answer
  yes,      ///< the record is there with this key
  no,       ///< there is none
  revoked,  ///< the record says that the key is no more (RFC 6376 section 3.6.1)
  another,  ///< the record has another key, or is not to be understood
};

/// "published", "not published"...
[[nodiscard]] View text(Published published);

/// Asks for the records of some keys; the verdict has one word for each.
class Publication final : public dns::Evaluation<std::vector<Published>> {
 public:
  explicit Publication(const std::vector<Key>& keys);
  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  [[nodiscard]] const std::vector<Published>& verdict() const override { return verdict_; }

 private:
  std::vector<Key> keys_;
  std::vector<Published> verdict_;
  std::vector<dns::Question> wanted_;
  std::vector<std::size_t> asked_for_;  // which key each question is about
};

}  // namespace posthorn::signing
