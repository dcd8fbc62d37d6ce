// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677): both ends prove that they know the password, neither shows
// it. -PLUS also proves that both see the same TLS connection (tls-exporter, RFC 9266).
#pragma once

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl::mechanism::scram {

std::unique_ptr<ServerExchange> serve(ServerOptions options);
std::unique_ptr<ServerExchange> serve_plus(ServerOptions options);
std::unique_ptr<ClientExchange> use(ClientOptions options);
std::unique_ptr<ClientExchange> use_plus(ClientOptions options);

inline constexpr MechanismSpec spec{.name = "SCRAM-SHA-256",
                                    .rfc = "RFC 7677",
                                    .needs_tls = false,
                                    .needs_channel_binding = false,
                                    .server_first = false,
                                    .serve = &serve,
                                    .use = &use};

inline constexpr MechanismSpec plus_spec{.name = "SCRAM-SHA-256-PLUS",
                                         .rfc = "RFC 7677",
                                         .needs_tls = true,
                                         .needs_channel_binding = true,
                                         .server_first = false,
                                         .serve = &serve_plus,
                                         .use = &use_plus};

}  // namespace posthorn::sasl::mechanism::scram
