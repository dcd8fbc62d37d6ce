// A JSON Web Signature in compact form (RFC 7515 section 7.1), read but not believed.
#pragma once

#include <string>

#include "posthorn/bytes/crypto/signature.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::oauth {

/// @lifetime `signed_octets` live as long as the token that was read
struct SignedToken {
  crypto::SignatureScheme scheme{};
  std::string key_id;  ///< "kid"; empty: it names no key
  std::string type;    ///< "typ" without "application/" (RFC 7515 section 4.1.9); may be empty
  View signed_octets;
  std::string payload;
  std::string signature;
};

/// @errors denied: malformed, over kMaxTokenOctets, an algorithm without a row, or extensions that must be understood
[[nodiscard]] Result<SignedToken> parse_token(View token);

}  // namespace posthorn::oauth
