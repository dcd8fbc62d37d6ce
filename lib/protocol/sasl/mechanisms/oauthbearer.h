// OAUTHBEARER (RFC 7628): a bearer token of OAuth 2.0, protected by TLS alone.
#pragma once

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl::mechanism::oauthbearer {

std::unique_ptr<ServerExchange> serve(ServerOptions options);
std::unique_ptr<ClientExchange> use(ClientOptions options);

inline constexpr MechanismSpec spec{.name = "OAUTHBEARER",
                                    .rfc = "RFC 7628",
                                    .needs_tls = true,
                                    .needs_channel_binding = false,
                                    .server_first = false,
                                    .serve = &serve,
                                    .use = &use,
                                    .evidence = Evidence::token};

}  // namespace posthorn::sasl::mechanism::oauthbearer
