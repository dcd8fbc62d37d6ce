// The public keys of an authorization server: a JWK Set (RFC 7517 section 5).
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/crypto/signature.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

#include "service/oauth/signed_token.h"

namespace posthorn::oauth {

class KeySet {
 public:
  /// Keys for other work and of kinds without a row in algorithms.h are passed over, as RFC 7517 section 5 wants.
  /// @errors syntax: no key set, a key that contradicts its kind, or none that is of use; too_long, too_many: over
  ///         kMaxKeySetOctets or kMaxKeys
  [[nodiscard]] static Result<KeySet> parse(View text);

  enum class Finding : std::uint8_t {
    verified,
    refused,  ///< the key that the token names did not sign it
    unknown,  ///< it names a key that is not here, or none, and none of ours did: newer keys may help
  };
  /// Whether one of the keys signed the token.
  [[nodiscard]] Finding verify(const SignedToken& token) const;
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  struct Key {
    std::string id;
    crypto::PublicKey key;
  };
  std::vector<Key> keys_;
};

}  // namespace posthorn::oauth
