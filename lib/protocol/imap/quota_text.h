// Quota roots on the wire (RFC 9208).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/namespaces.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

/// Most resources in one SETQUOTA.
inline constexpr std::size_t kMaxResources = 20;

/// A resource and a number as SETQUOTA has them; the name may be of a resource that nobody knows.
struct NamedLimit {
  std::string resource;
  std::uint64_t limit = 0;
};

/// "(" [resource SP number *(SP resource SP number)] ")".
bool quota_limits(Cursor& c, std::vector<NamedLimit>& out);
/// In octets where the wire counts in 1,024 of them. nullopt: `refusal` says why not.
[[nodiscard]] std::optional<std::vector<QuotaUse>> known_limits(const std::vector<NamedLimit>& limits, Reply& refusal);
/// The QUOTA response; units of 1,024 octets are rounded up, so what is full looks full.
void write_quota(const QuotaRoot& root, Responder& responder);

}  // namespace posthorn::imap
