// The DKIM keys of the domains here. Private halves are wrapped by a key of the host that lies outside of the store:
// who has a copy of the store alone signs nothing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/crypto/private_key.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/store/store.h"

namespace posthorn::signing {

/// Octets of the key of the host.
inline constexpr std::size_t kHostKeyOctets = 32;

/// A key, its private half closed.
struct Key {
  std::string domain;    ///< lower-case A-labels
  std::string selector;  ///< likewise
  WallTime created{};
  crypto::SignatureScheme scheme = crypto::SignatureScheme::rsa_pkcs1_sha256;
  std::string record;   ///< the text to publish in the DNS: "v=DKIM1; ..."
  std::string wrapped;  ///< PKCS #8 under the key of the host
  bool operator==(const Key&) const = default;

  /// "selector._domainkey.example.org": where the record belongs.
  [[nodiscard]] std::string record_name() const { return selector + "._domainkey." + domain; }
};

/// Safe to call from many threads and processes. Everything blocks.
class Keys {
 public:
  /// @param host_key  kHostKeyOctets
  /// @lifetime rows and random outlive the object
  Keys(store::Partition& rows, Random& random, Secret host_key);

  /// Keeps a key. @errors exists (the selector is taken), syntax (domain or selector is no name)
  Result<Key> add(View domain, View selector, const crypto::PrivateKey& key, WallTime now);
  /// @errors not_found
  Result<void> remove(View domain, View selector);
  /// Those of a domain, or of all: by domain, the newest first.
  [[nodiscard]] Result<std::vector<Key>> list(View domain = {}) const;
  /// @errors denied: it was wrapped by another key of the host, or is damaged
  [[nodiscard]] Result<crypto::PrivateKey> open(const Key& key) const;

 private:
  [[nodiscard]] std::string wrap(const Key& key, View secret) const;

  store::Partition& rows_;
  Random& random_;
  const Secret host_key_;
};

}  // namespace posthorn::signing
