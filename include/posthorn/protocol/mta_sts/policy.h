// MTA-STS: what a domain says of the TLS of its mail hosts (RFC 8461 section 3).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::mta_sts {

struct Limits {
  std::size_t octets = 64U << 10U;  ///< of a policy (RFC 8461 section 3.3 suggests 64 kilobytes)
  std::size_t patterns = 100;       ///< "mx" lines of a policy
};

/// The longest that a policy may be kept (RFC 8461 section 3.2).
inline constexpr std::chrono::seconds kMaxAge{31'557'600};

/// What the TXT record at record_name() says.
struct Record {
  std::string id;  ///< changes when the policy does
  bool operator==(const Record&) const = default;
};

enum class Mode : std::uint8_t {
  enforce,  ///< no delivery to hosts that do not match or do not prove themselves
  testing,  ///< the same is only reported
  none,     ///< the domain has no policy any more
};

struct Policy {
  Mode mode = Mode::none;
  std::vector<std::string> mx;  ///< lower-case names; "*.example.com" stands for one label before ".example.com"
  std::chrono::seconds max_age{0};
  bool operator==(const Policy&) const = default;
};

/// "_mta-sts.example.org"
[[nodiscard]] std::string record_name(View domain);
/// "mta-sts.example.org": who serves the policy over HTTPS.
[[nodiscard]] std::string policy_host(View domain);

/// @errors syntax
[[nodiscard]] Result<Record> parse_record(View text);
/// The record of a TXT answer; nullopt when there is none, or more than one that begins like one (RFC 8461
/// section 3.1).
[[nodiscard]] std::optional<Record> find_record(std::span<const dns::Record> answer);

/// Keys that are unknown are passed over; of keys that stand there twice the first counts, but for "mx".
/// @errors too_long, too_many (Limits), syntax (the note tells which line or key)
[[nodiscard]] Result<Policy> parse_policy(View text, const Limits& limits = {});
/// Text that parse_policy() reads as the same policy.
[[nodiscard]] std::string format_policy(const Policy& policy);

/// Whether one of the patterns covers a host name, in lower-case A-labels (RFC 8461 section 4.1).
[[nodiscard]] bool covers(const Policy& policy, View host);

}  // namespace posthorn::mta_sts
