// EXTERNAL (RFC 4422 appendix A): the client is who its TLS certificate says.
#pragma once

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl::mechanism::external {

std::unique_ptr<ServerExchange> serve(ServerOptions options);
std::unique_ptr<ClientExchange> use(ClientOptions options);

inline constexpr MechanismSpec spec{.name = "EXTERNAL",
                                    .rfc = "RFC 4422",
                                    .needs_tls = true,
                                    .needs_channel_binding = false,
                                    .server_first = false,
                                    .serve = &serve,
                                    .use = &use,
                                    .evidence = Evidence::certificate};

}  // namespace posthorn::sasl::mechanism::external
