// X.509 certificates as far as mail routing looks into them (RFC 5280); the library behind them does not show.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

/// A certificate. Many threads may read one object; copies share it.
class Certificate {
 public:
  /// @errors syntax: not one certificate in DER and nothing behind it
  [[nodiscard]] static Result<Certificate> read(View der);
  /// The octets that were read. @lifetime that of the object and its copies
  [[nodiscard]] View der() const;
  /// The SubjectPublicKeyInfo in DER. @lifetime as der()
  [[nodiscard]] View public_key_info() const;

  struct Parts;
  [[nodiscard]] const Parts& parts() const { return *parts_; }

 private:
  explicit Certificate(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

/// Why a chain is not believed.
enum class ChainFault : std::uint8_t {
  none,
  host_mismatch,  ///< the first certificate is for none of the names
  expired,        ///< one of the chain is not valid yet, or no more
  not_trusted,    ///< it leads to no anchor, or a signature or constraint on the way is wrong
};

/// Whether the certificate of a TLS server leads to an anchor and is for one of `names`.
/// @param chain    the server's certificate first, then what it sent beside it in any order; not empty
/// @param anchors  each is trusted by itself, whoever signed it
/// @param names    DNS names; without any the chain is not believed
[[nodiscard]] ChainFault check_chain(std::span<const Certificate> chain, std::span<const Certificate> anchors,
                                     std::span<const std::string> names, std::chrono::sys_seconds now);

}  // namespace posthorn::crypto
