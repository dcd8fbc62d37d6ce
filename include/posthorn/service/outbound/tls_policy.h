// What an operator or the holder of a domain wants of the TLS towards that domain, whatever its DNS says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::outbound {

enum class TlsMode : std::uint8_t {
  may,          ///< what the domain publishes (DANE, MTA-STS), else TLS where it is offered
  encrypt,      ///< the same, but never without TLS
  verify,       ///< a certificate of a trusted authority for an expected name
  dane,         ///< TLSA records must be there and be met
  fingerprint,  ///< the certificate or key that is named
  mutual,       ///< verify, and our own certificate is shown
};

/// "may", "encrypt", ...
[[nodiscard]] View word_of(TlsMode mode);
[[nodiscard]] std::optional<TlsMode> tls_mode_of(View word);

/// Where mail goes instead of the domain's exchanges.
struct NextHop {
  std::string host;  ///< a host name, or an address with or without brackets
  std::uint16_t port = 25;
  bool operator==(const NextHop&) const = default;
};

/// The policy for one domain.
struct TlsPolicy {
  TlsMode mode = TlsMode::may;
  std::optional<NextHop> next_hop;
  /// Names of which the certificate must have one. Empty: the host that was configured, the exchange where DNSSEC or
  /// MTA-STS proves it, else the domain itself.
  std::vector<std::string> names;
  std::vector<std::string> fingerprints;  ///< parse_fingerprint() of each
  std::string ca_file;                    ///< PEM file of the authorities; empty: those of the system
  std::string certificate_file;           ///< our own certificate chain, PEM
  std::string key_file;                   ///< its key, PEM
  bool operator==(const TlsPolicy&) const = default;
};

/// SHA-256 in hexadecimal digits, with or without ":" between octets. @returns 32 octets @errors syntax
[[nodiscard]] Result<std::string> parse_fingerprint(View text);

/// Whether a policy can be met at all. @errors misuse; the note tells what is missing or contradicts
[[nodiscard]] Result<void> check(const TlsPolicy& policy);

}  // namespace posthorn::outbound
