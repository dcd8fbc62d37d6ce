// The signatures that are believed, one row each. What has no row is refused: "none", and all that are made with a
// shared secret (HS256...), for which a public key could be taken (RFC 8725 section 2.1).
#pragma once

#include <algorithm>
#include <array>

#include "posthorn/bytes/crypto/signature.h"
#include "posthorn/bytes/view.h"

namespace posthorn::oauth {

struct Algorithm {
  View name;  ///< "alg"
  crypto::SignatureScheme scheme;
  View rfc;
};

inline constexpr std::array kAlgorithms{
    Algorithm{"RS256", crypto::SignatureScheme::rsa_pkcs1_sha256, "RFC 7518 section 3.3"},
    Algorithm{"ES256", crypto::SignatureScheme::ecdsa_p256_sha256, "RFC 7518 section 3.4"},
    Algorithm{"EdDSA", crypto::SignatureScheme::ed25519, "RFC 8037 section 3.1"},
    Algorithm{"Ed25519", crypto::SignatureScheme::ed25519, "RFC 9864 section 2.2"},
};

/// The row of this name, or null.
[[nodiscard]] constexpr const Algorithm* find_algorithm(View name) {
  const auto* row = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  return row == kAlgorithms.end() ? nullptr : row;
}

}  // namespace posthorn::oauth
