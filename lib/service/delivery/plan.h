// From recipients to items of the queue: who is served together, under which sender, with which fields in front.
#pragma once

#include <optional>
#include <vector>

#include "posthorn/service/delivery/delivery.h"
#include "posthorn/service/queue/message.h"

namespace posthorn::delivery {

/// Whether a recipient leads to another host.
[[nodiscard]] bool leads_away(const directory::Resolution& resolution);

/// One item for the mailboxes here (one more for those that file it as junk), one for each host that is reached as the
/// client said, and one for each alias and host that the alias leads to: those have a field of their own in front,
/// which ends loops.
[[nodiscard]] std::vector<queue::Item> plan(const Envelope& envelope, const Options& options,
                                            const Findings& findings = {});

/// A recipient as the queue keeps him, at an address that he leads to.
[[nodiscard]] queue::Recipient recipient_of(const Envelope::Recipient& recipient, const std::string& address);

/// For mail that an address here sends on to another host. @param results  Findings::fields
[[nodiscard]] std::optional<queue::Seal> seal_of(View forwarder, View results);

/// Whether a message with these findings is filed as junk for mailboxes that an address leads to.
[[nodiscard]] bool is_junk(const directory::Resolution& resolution, const Findings& findings);

}  // namespace posthorn::delivery
