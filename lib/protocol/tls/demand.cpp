#include "posthorn/protocol/tls/demand.h"

#include <array>

namespace posthorn::tls {

namespace {

// RFC 8460 section 4.3, in the order of Failure.
constexpr std::array<View, 11> kWords = {"starttls-not-supported", "certificate-host-mismatch",
                                         "certificate-expired",    "certificate-not-trusted",
                                         "validation-failure",     "tlsa-invalid",
                                         "dnssec-invalid",         "dane-required",
                                         "sts-policy-fetch-error", "sts-policy-invalid",
                                         "sts-webpki-invalid"};
static_assert(kWords.size() == static_cast<std::size_t>(Failure::sts_webpki_invalid) + 1);

}  // namespace

View word_of(Failure failure) { return kWords[static_cast<std::size_t>(failure)]; }

std::optional<Failure> failure_of(View word) {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (kWords[i] == word) return static_cast<Failure>(i);
  }
  return std::nullopt;
}

}  // namespace posthorn::tls
