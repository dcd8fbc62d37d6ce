// Which addresses are those of hosts on the Internet: names of strangers may lead to any others as well.
#pragma once

#include "posthorn/grammar/ip_address.h"

namespace posthorn {

/// Whether an address may be that of a host of somebody else on the Internet. Not: this host, private networks, links,
/// groups, and what is reserved. @source IANA registries of special-purpose addresses (RFC 6890)
[[nodiscard]] bool is_public(const IpAddress& address);

}  // namespace posthorn
