// Namespaces (RFC 2342), quota roots (RFC 9208) and annotations (RFC 5464) as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace posthorn::imap {

/// Prefixes with their delimiter at the end ("" for the personal one, "#Shared/"); one delimiter serves all.
struct Namespaces {
  std::vector<std::string> personal{""};
  std::vector<std::string> other_users;
  std::vector<std::string> shared;
};

/// What a quota counts (RFC 9208 section 5).
enum class QuotaResource : std::uint8_t {
  storage,  ///< units of 1,024 octets on the wire, octets here
  message,
  mailbox,
  annotation_storage,  ///< as storage
};

struct QuotaUse {
  QuotaResource resource = QuotaResource::storage;
  std::uint64_t used = 0;
  std::uint64_t limit = 0;
  bool operator==(const QuotaUse&) const = default;
};

/// One quota root: a name, which may be empty, and what is limited below it.
struct QuotaRoot {
  std::string name;
  std::vector<QuotaUse> resources;
};

/// One annotation of a mailbox or of the server (RFC 5464 section 3).
struct MetadataEntry {
  std::string name;                  ///< "/private/comment", "/shared/vendor/..."; lower case
  std::optional<std::string> value;  ///< nullopt: to be removed
  bool operator==(const MetadataEntry&) const = default;
};

}  // namespace posthorn::imap
