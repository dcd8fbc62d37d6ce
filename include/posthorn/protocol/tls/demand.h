// What the TLS of an outgoing connection must prove, what it proved, and what was wrong: values without a TLS library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::tls {

/// How much is asked of a connection; each but the first two needs TLS.
enum class Level : std::uint8_t {
  none,           ///< TLS is not begun, also where the server offers it
  opportunistic,  ///< TLS where the server offers it, with any certificate; else without (RFC 7435)
  encrypted,      ///< TLS with any certificate
  authority,      ///< a certificate of a trusted authority for one of Demand::names (RFC 9525)
  dane,           ///< a certificate that Demand::tlsa name (RFC 7672)
  fingerprint,    ///< a certificate or public key of Demand::fingerprints
};

/// What is demanded of one connection.
struct Demand {
  Level level = Level::opportunistic;
  /// What the certificate is found to be is told but stops nothing, and TLS itself is not needed: MTA-STS in its
  /// testing mode (RFC 8461 section 5).
  bool tolerant = false;
  std::string server_name;  ///< SNI; empty: none is sent
  /// One of them must be in the certificate: for authority, and for dane with usage 2. DNS names, or one address.
  std::vector<std::string> names;
  std::vector<dns::Tlsa> tlsa;            ///< for dane; those that are not usable count for nothing
  std::vector<std::string> fingerprints;  ///< SHA-256 of a certificate or of its public key (SPKI), 32 octets each
  std::string ca_file;                    ///< for authority: PEM file; empty: the authorities of the system
  std::string certificate_file;           ///< our own certificate chain, PEM, shown when asked for; empty: none
  std::string key_file;                   ///< its key, PEM

  /// Whether mail must not go without TLS.
  [[nodiscard]] bool needs_tls() const { return level >= Level::encrypted && !tolerant; }
  bool operator==(const Demand&) const = default;
};

/// How a connection proved whom it leads to.
enum class Proof : std::uint8_t {
  none,              ///< encrypted only
  authority,         ///< a trusted authority says so
  dane_certificate,  ///< a TLSA record with usage 3 names the certificate
  dane_authority,    ///< a TLSA record with usage 2 names an authority that says so
  fingerprint,       ///< it is the one that was configured
};

/// What was wrong, as TLS reports name it (RFC 8460 section 4.3).
enum class Failure : std::uint8_t {
  starttls_not_supported,
  certificate_host_mismatch,
  certificate_expired,
  certificate_not_trusted,
  validation_failure,  ///< all that has no word of its own
  tlsa_invalid,
  dnssec_invalid,
  dane_required,
  sts_policy_fetch_error,
  sts_policy_invalid,
  sts_webpki_invalid,
};

/// "certificate-host-mismatch": the result type of a report.
[[nodiscard]] View word_of(Failure failure);
/// The failure that a word stands for; nullopt for any other.
[[nodiscard]] std::optional<Failure> failure_of(View word);

}  // namespace posthorn::tls
