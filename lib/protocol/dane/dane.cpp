#include "posthorn/protocol/dane/dane.h"

#include <algorithm>

#include "posthorn/bytes/crypto/hash.h"

namespace posthorn::dane {

namespace {

// RFC 7218 has the names.
enum Usage : std::uint8_t { kAuthority = 2, kCertificate = 3 };
enum Selector : std::uint8_t { kWhole = 0, kKeyInfo = 1 };
enum Matching : std::uint8_t { kExact = 0, kSha256 = 1, kSha512 = 2 };

bool names(const dns::Tlsa& record, const crypto::Certificate& certificate) {
  const View octets = record.selector == kWhole ? certificate.der() : certificate.public_key_info();
  switch (record.matching) {
    case kExact: return record.association == octets;
    case kSha256: return record.association == crypto::sha256(octets);
    case kSha512: return record.association == crypto::sha512(octets);
    default: return false;
  }
}

/// The authorities that records name: of the chain, or whole in a record, which need not be sent (RFC 7671 5.2.1).
std::vector<crypto::Certificate> anchors_of(std::span<const dns::Tlsa> records,
                                            std::span<const crypto::Certificate> chain) {
  std::vector<crypto::Certificate> anchors;
  for (const dns::Tlsa& record : records) {
    if (record.usage != kAuthority) continue;
    for (const crypto::Certificate& certificate : chain) {
      if (names(record, certificate)) anchors.push_back(certificate);
    }
    if (record.selector != kWhole || record.matching != kExact) continue;
    auto whole = crypto::Certificate::read(record.association);
    if (whole) anchors.push_back(std::move(*whole));
  }
  return anchors;
}

}  // namespace

std::string record_name(View host, std::uint16_t port) { return "_" + std::to_string(port) + "._tcp." + own(host); }

bool is_usable(const dns::Tlsa& record) {
  if (record.usage != kAuthority && record.usage != kCertificate) return false;
  if (record.selector != kWhole && record.selector != kKeyInfo) return false;
  switch (record.matching) {
    case kExact: return !record.association.empty();
    case kSha256: return record.association.size() == 32;
    case kSha512: return record.association.size() == 64;
    default: return false;
  }
}

std::vector<dns::Tlsa> usable(std::span<const dns::Tlsa> records) {
  std::vector<dns::Tlsa> found;
  std::ranges::copy_if(records, std::back_inserter(found), is_usable);
  const std::vector<dns::Tlsa> all = found;
  std::erase_if(found, [&](const dns::Tlsa& record) {
    return record.matching == kSha256 && std::ranges::any_of(all, [&](const dns::Tlsa& other) {
             return other.matching == kSha512 && other.usage == record.usage && other.selector == record.selector;
           });
  });
  return found;
}

std::vector<std::string> reference_names(View base, View domain, View canonical) {
  std::vector<std::string> all;
  for (const View name : {base, domain, canonical}) {
    if (!name.empty() && std::ranges::find(all, name) == all.end()) all.push_back(own(name));
  }
  return all;
}

Verdict judge(std::span<const dns::Tlsa> records, std::span<const crypto::Certificate> chain,
              std::span<const std::string> reference, std::chrono::sys_seconds now) {
  const std::vector<dns::Tlsa> counted = usable(records);
  if (counted.empty()) return Verdict::unusable;
  if (chain.empty()) return Verdict::no_match;
  const bool named = std::ranges::any_of(
      counted, [&](const dns::Tlsa& record) { return record.usage == kCertificate && names(record, chain.front()); });
  if (named) return Verdict::certificate;
  const std::vector<crypto::Certificate> anchors = anchors_of(counted, chain);
  if (anchors.empty()) return Verdict::no_match;
  switch (crypto::check_chain(chain, anchors, reference, now)) {
    case crypto::ChainFault::none: return Verdict::authority;
    case crypto::ChainFault::host_mismatch: return Verdict::host_mismatch;
    case crypto::ChainFault::expired: return Verdict::expired;
    case crypto::ChainFault::not_trusted: return Verdict::not_trusted;
  }
  return Verdict::not_trusted;
}

std::optional<tls::Failure> failure_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::certificate:
    case Verdict::authority: return std::nullopt;
    case Verdict::unusable: return tls::Failure::tlsa_invalid;
    case Verdict::no_match: return tls::Failure::validation_failure;
    case Verdict::host_mismatch: return tls::Failure::certificate_host_mismatch;
    case Verdict::expired: return tls::Failure::certificate_expired;
    case Verdict::not_trusted: return tls::Failure::certificate_not_trusted;
  }
  return tls::Failure::validation_failure;
}

}  // namespace posthorn::dane
