// What OAUTHBEARER and XOAUTH2 have in common: a token in one message, and a refusal that the client acknowledges.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl::mechanism::bearer {

/// "Bearer" SP token (RFC 6750 section 2.1), the scheme in any case. Empty: malformed.
[[nodiscard]] View token_of(View credentials);

/// Reads the client's message; nullopt: malformed.
using Parse = std::optional<BearerToken> (*)(View message);
/// Writes it. @errors misuse (a login or token that has no place in it)
using Format = Result<std::string> (*)(const ClientOptions& options);

std::unique_ptr<ServerExchange> serve(ServerOptions options, Parse parse);
/// @param farewell  what acknowledges a refusal
std::unique_ptr<ClientExchange> use(ClientOptions options, Format format, View farewell);

}  // namespace posthorn::sasl::mechanism::bearer
