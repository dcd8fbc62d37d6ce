// SMTP TLS reporting: who wants reports about the TLS of a domain (RFC 8460 section 3).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::tlsrpt {

/// Destinations of one record that are used; more are left out.
inline constexpr std::size_t kMaxDestinations = 10;

/// What the TXT record at record_name() says.
struct Record {
  std::vector<std::string> rua;  ///< "mailto:" and "https:" URIs, at least one; others are passed over
  bool operator==(const Record&) const = default;
};

/// "_smtp._tls.example.org"
[[nodiscard]] std::string record_name(View domain);

/// @errors syntax (also: no destination that we can send to)
[[nodiscard]] Result<Record> parse_record(View text);
/// The record of a TXT answer; nullopt when there is none, or more than one that begins like one.
[[nodiscard]] std::optional<Record> find_record(std::span<const dns::Record> answer);

}  // namespace posthorn::tlsrpt
