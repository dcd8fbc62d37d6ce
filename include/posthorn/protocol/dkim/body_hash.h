// The hash of a body in one canonical form, and of its beginnings (RFC 6376 section 3.7, "l=" of section 3.5).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/protocol/dkim/canonicalization.h"

namespace posthorn::dkim {

/// SHA-256 of a canonical body. Signatures with the same canonicalization share one, whatever their "l=".
class BodyHash {
 public:
  explicit BodyHash(Canonicalization how) : body_(how) {}

  /// Before the first octet: the hash of so many canonical octets is wanted.
  void want(std::uint64_t octets) { beginnings_.try_emplace(octets); }
  /// What comes next of the body; any chunking gives the same.
  void add(View chunk);
  void finish();

  /// Canonical octets of the whole body. After finish().
  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  /// The 32 octets of the hash, or those of a beginning that was wanted; empty: the body is shorter. After finish().
  [[nodiscard]] std::string digest(std::optional<std::uint64_t> octets = std::nullopt) const;

 private:
  void take(View piece);
  void hash(View piece);
  void flush();

  BodyCanonicalizer body_;
  crypto::Sha256 hash_;
  std::string small_;  // pieces that are not worth a call each
  std::uint64_t octets_ = 0;
  std::map<std::uint64_t, std::string> beginnings_;
  std::string whole_;
};

/// The hashes of one body that several signatures want: each canonical form is made once.
class BodyHashes {
 public:
  /// Before the first octet: the hash of this form is wanted, of so many octets of it where they are given.
  void want(Canonicalization how, std::optional<std::uint64_t> octets = std::nullopt);
  void add(View chunk);
  void finish();
  /// One that was wanted, after finish().
  [[nodiscard]] const BodyHash& of(Canonicalization how) const { return *forms_[index_of(how)]; }

 private:
  static std::size_t index_of(Canonicalization how) { return how == Canonicalization::simple ? 0 : 1; }
  std::array<std::optional<BodyHash>, 2> forms_;
};

}  // namespace posthorn::dkim
