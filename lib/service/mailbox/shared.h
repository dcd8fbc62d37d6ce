// What all accounts of a process share.
#pragma once

#include <string>

#include "posthorn/service/mailbox/limits.h"

#include "service/mailbox/bodies.h"
#include "service/mailbox/records.h"
#include "service/mailbox/shared_cache.h"

namespace posthorn::mailbox {

/// Summaries by the numbers of bodies: as they lie in the store, so those of sealed messages stay sealed. A message
/// without a summary has an empty one.
using SummaryCache = SharedCache<std::string, 16>;
/// Mailboxes as sessions found them, by their numbers: none that holds sealed messages.
using IndexCache = SharedCache<Index>;

struct Shared {
  explicit Shared(const Limits& limits) : summaries(limits.summary_octets), indexes(limits.index_octets) {}
  SummaryCache summaries;
  IndexCache indexes;
  DigestBuilders builders;
};

}  // namespace posthorn::mailbox
