// LOGIN (draft-murchison-sasl-login): PLAIN in two messages; old mail clients know nothing else.
#pragma once

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl::mechanism::login {

std::unique_ptr<ServerExchange> serve(ServerOptions options);
std::unique_ptr<ClientExchange> use(ClientOptions options);

inline constexpr MechanismSpec spec{.name = "LOGIN",
                                    .rfc = "draft-murchison-sasl-login-00",
                                    .needs_tls = true,
                                    .needs_channel_binding = false,
                                    .server_first = true,
                                    .serve = &serve,
                                    .use = &use};

}  // namespace posthorn::sasl::mechanism::login
