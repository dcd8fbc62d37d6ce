#include "shared/dns.h"

#include <utility>

#include <unistd.h>

#include "posthorn/io/https_poster.h"
#include "posthorn/io/public_suffixes.h"

namespace posthorn::servers {

io::DnsOptions dns_options(const Settings& settings) {
  io::DnsOptions options;
  options.forwarders = settings.dns_forwarders;
  options.timeout = std::chrono::seconds(settings.dns_timeout_seconds);
  if (::access(settings.dns_trust_anchor.c_str(), R_OK) == 0) options.trust_anchor_file = settings.dns_trust_anchor;
  return options;
}

Result<std::unique_ptr<dmarc::PublicSuffixes>> public_suffixes(const Settings& settings) {
  const std::string& file = settings.authentication_public_suffixes;
  if (file.empty()) return nullptr;
  auto suffixes = io::read_public_suffixes(file);
  if (suffixes) return suffixes;
  const Error& error = suffixes.error();
  return fail(Error(error.code, error.blame, error.lasting, "authentication.public_suffixes: " + error.note));
}

reports::Post https_post(dns::Resolver& resolver, const Settings& settings) {
  const auto poster = std::make_shared<io::HttpsPoster>(
      resolver,
      io::HttpsPosterOptions{.ca_file = settings.outbound_authorities, .anywhere = settings.outbound_https_anywhere});
  return [poster](const std::string& url, View content, const std::string& type, const reports::Stop& stop) {
    return poster->post(url, content, type, stop);
  };
}

void DnsGate::resolve(dns::Question question, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!shut_) return behind_.resolve(std::move(question), std::move(done));
  }
  done({});
}

void DnsGate::shut() {
  const std::lock_guard lock(mutex_);
  shut_ = true;
}

}  // namespace posthorn::servers
