// PLAIN (RFC 4616): login and password in one message, protected by TLS alone.
#pragma once

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl::mechanism::plain {

std::unique_ptr<ServerExchange> serve(ServerOptions options);
std::unique_ptr<ClientExchange> use(ClientOptions options);

inline constexpr MechanismSpec spec{.name = "PLAIN",
                                    .rfc = "RFC 4616",
                                    .needs_tls = true,
                                    .needs_channel_binding = false,
                                    .server_first = false,
                                    .serve = &serve,
                                    .use = &use};

}  // namespace posthorn::sasl::mechanism::plain
