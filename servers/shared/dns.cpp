#include "shared/dns.h"

#include <unistd.h>

namespace posthorn::servers {

io::DnsOptions dns_options(const Settings& settings) {
  io::DnsOptions options;
  options.forwarders = settings.dns_forwarders;
  options.timeout = std::chrono::seconds(settings.dns_timeout_seconds);
  if (::access(settings.dns_trust_anchor.c_str(), R_OK) == 0) options.trust_anchor_file = settings.dns_trust_anchor;
  return options;
}

}  // namespace posthorn::servers
