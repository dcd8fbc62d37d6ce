#include "posthorn/service/outbound/tls_policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/protocol/mx/mail_hosts.h"

namespace posthorn::outbound {

namespace {

constexpr std::array<View, 6> kWords = {"may", "encrypt", "verify", "dane", "fingerprint", "mutual"};
constexpr std::size_t kDigest = 32;

bool is_host(View host) {
  mx::Options options;
  options.direct = true;
  return mx::MailHosts(host, std::move(options)).verdict().outcome != mx::Outcome::malformed;
}

std::unexpected<Error> wrong(View note) { return fail(caller_error(Code::misuse, note)); }

}  // namespace

View word_of(TlsMode mode) { return kWords[static_cast<std::size_t>(mode)]; }

std::optional<TlsMode> tls_mode_of(View word) {
  const auto* const found = std::ranges::find(kWords, word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<TlsMode>(found - kWords.begin());
}

Result<std::string> parse_fingerprint(View text) {
  std::string digits = own(text);
  if (digits.size() == 3 * kDigest - 1) {
    for (std::size_t i = 1; i < kDigest; ++i) {
      if (text[3 * i - 1] != ':') return fail(caller_error(Code::syntax, "fingerprint"));
    }
    std::erase(digits, ':');
  }
  auto octets = codec::hex_decode(digits);
  if (!octets || octets->size() != kDigest)
    return fail(caller_error(Code::syntax, "a fingerprint has 64 hexadecimal digits (SHA-256)"));
  return std::move(*octets);
}

Result<void> check(const TlsPolicy& policy) {
  const bool has_certificate = !policy.certificate_file.empty() && !policy.key_file.empty();
  if (policy.certificate_file.empty() != policy.key_file.empty())
    return wrong("a certificate and its key belong together");
  if (policy.mode == TlsMode::mutual && !has_certificate)
    return wrong("mutual needs a certificate of ours and its key");
  if (policy.mode == TlsMode::fingerprint && policy.fingerprints.empty())
    return wrong("fingerprint needs fingerprints");
  if (policy.mode != TlsMode::fingerprint && !policy.fingerprints.empty())
    return wrong("fingerprints count in the mode fingerprint only");
  if (std::ranges::any_of(policy.fingerprints, [](const std::string& f) { return f.size() != kDigest; }))
    return wrong("a fingerprint has 32 octets");
  const bool by_name = policy.mode == TlsMode::verify || policy.mode == TlsMode::mutual;
  if (!by_name && !policy.names.empty()) return wrong("names count in the modes verify and mutual only");
  if (std::ranges::any_of(policy.names, [](const std::string& name) { return !mail::ascii_domain(name); }))
    return wrong("a name is no host name");
  if (policy.next_hop && !is_host(policy.next_hop->host)) return wrong("a next hop needs a host name or an address");
  if (policy.next_hop && policy.next_hop->port == 0) return wrong("a next hop needs a port");
  if (policy.mode == TlsMode::dane && policy.next_hop && IpAddress::parse(policy.next_hop->host))
    return wrong("dane needs a next hop with a name");
  return {};
}

}  // namespace posthorn::outbound
