// ANONYMOUS (RFC 4505): anybody, as the login that the host has for nobody.
#pragma once

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl::mechanism::anonymous {

std::unique_ptr<ServerExchange> serve(ServerOptions options);
std::unique_ptr<ClientExchange> use(ClientOptions options);

inline constexpr MechanismSpec spec{.name = "ANONYMOUS",
                                    .rfc = "RFC 4505",
                                    .needs_tls = false,
                                    .needs_channel_binding = false,
                                    .server_first = false,
                                    .serve = &serve,
                                    .use = &use,
                                    .evidence = Evidence::nothing};

}  // namespace posthorn::sasl::mechanism::anonymous
