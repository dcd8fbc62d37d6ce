// Annotations (RFC 5464): rows below one prefix, changed all or none, with what all of an account may take.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/namespaces.h"

#include "service/mailbox/ledger.h"

namespace posthorn::mailbox {

/// All annotations below a prefix, by name. @errors corrupt
[[nodiscard]] Result<std::vector<imap::MetadataEntry>> read_annotations(const store::Partition& partition,
                                                                        const std::string& prefix);

/// Octets of the names and values of all annotations of the account.
[[nodiscard]] Result<std::uint64_t> annotation_octets(const store::Partition& partition);

/// Changes annotations in one batch. `allowed` is asked inside it, so that nothing is written for a mailbox that is
/// gone.
/// @errors those of `allowed`; syntax (a name), too_long, too_many, over_quota (Limits::annotation_storage)
Result<void> write_annotations(Ledger& ledger, const std::string& prefix, std::span<const imap::MetadataEntry> entries,
                               const std::function<Result<void>(const Draft&)>& allowed);

}  // namespace posthorn::mailbox
