// What a token claims (RFC 7519 section 4), held against the rules (RFC 9068 section 4). For verified tokens.
#pragma once

#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/oauth/access_token_judge.h"

#include "service/oauth/json.h"

namespace posthorn::oauth {

/// The issuer, the audience and the time, but not the scope.
/// @returns the address that the token names
/// @errors denied: a claim is absent where it must be there, malformed, or not as the rules want
[[nodiscard]] Result<std::string> check_claims(const Json& claims, const Rules& rules, WallTime now);

/// Whether "scope" (RFC 8693 section 4.2) has all of these words.
[[nodiscard]] bool has_scope(const Json& claims, View wanted);

}  // namespace posthorn::oauth
