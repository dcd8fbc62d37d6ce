// Public keys in the DNS (RFC 6376 section 3.6.1, RFC 8463 section 4), and what they make of a signature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/crypto/signature.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dkim/signature.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::dkim {

/// The text of a key record.
struct KeyRecord {
  crypto::SignatureScheme scheme = crypto::SignatureScheme::rsa_pkcs1_sha256;  ///< k=
  std::string key;                    ///< p=, decoded; empty: the key is revoked
  std::vector<std::string> hashes;    ///< h=: those that may be used; none: all
  std::vector<std::string> services;  ///< s=: those that it is for; none: all
  std::string notes;                  ///< n=, as it stands
  bool testing = false;               ///< t=y
  bool strict = false;                ///< t=s: i= must have the domain d= itself
  bool operator==(const KeyRecord&) const = default;

  /// @errors syntax (no such record), unsupported (a k= that nobody knows here)
  [[nodiscard]] static Result<KeyRecord> parse(View text);
  /// The record of a key without further tags.
  [[nodiscard]] static KeyRecord of(const crypto::PublicKey& key);
  /// The text that parse() reads.
  [[nodiscard]] std::string format() const;
  /// @errors as crypto::PublicKey::rsa()
  [[nodiscard]] Result<crypto::PublicKey> public_key(std::size_t min_rsa_bits = crypto::kLeastRsaBits) const;
  /// Whether a list allows a word: it is empty, or has the word or "*".
  [[nodiscard]] static bool allows(const std::vector<std::string>& list, View word);
};

/// A record as a zone file has it (RFC 1035 section 5.1): strings of at most 255 octets.
/// @param name  without final dot, which is added
[[nodiscard]] std::string zone_text(View name, View text);

struct KeyLimits {
  std::size_t min_rsa_bits = crypto::kLeastRsaBits;  ///< RFC 8301 section 3.2
  std::size_t max_rsa_bits = 4096;                   ///< RFC 8301 section 3.2; at most crypto::kMaxRsaBits
  std::size_t records = 3;                           ///< of one answer that are tried (RFC 6376 section 3.6.2.2)
};

/// What the keys of an answer make of a signature.
struct KeyCheck {
  Reason reason = Reason::no_key;
  std::size_t bits = 0;  ///< of the key that was tried
  bool testing = false;
};
/// @param digest  the SHA-256 of what is signed
[[nodiscard]] KeyCheck check_keys(const dns::Answer& answer, const Signature& signature, View digest,
                                  const KeyLimits& limits);

}  // namespace posthorn::dkim
