// XOAUTH2: what Google and Microsoft had before OAUTHBEARER; many clients know nothing else.
#pragma once

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl::mechanism::xoauth2 {

std::unique_ptr<ServerExchange> serve(ServerOptions options);
std::unique_ptr<ClientExchange> use(ClientOptions options);

inline constexpr MechanismSpec spec{.name = "XOAUTH2",
                                    .rfc = "developers.google.com/gmail/imap/xoauth2-protocol",
                                    .needs_tls = true,
                                    .needs_channel_binding = false,
                                    .server_first = false,
                                    .serve = &serve,
                                    .use = &use,
                                    .evidence = Evidence::token};

}  // namespace posthorn::sasl::mechanism::xoauth2
