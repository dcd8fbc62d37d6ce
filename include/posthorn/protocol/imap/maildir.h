// What a Maildir calls flags and mailboxes: the info suffix of its files (cr.yp.to/proto/maildir.html) and the folders
// of Maildir++.
#pragma once

#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::imap {

/// The letters behind ":2," for these flags, in ASCII order as the format wants them; keywords have none.
[[nodiscard]] std::string maildir_flags(const Flags& flags);

/// The folder of a mailbox below the Maildir of INBOX: "" for INBOX, ".Work.2026" for "Work/2026". One folder for each
/// name, and one component of a path: "." within a part of the name becomes "%2E", "/" and "%" likewise.
/// @param delimiter  between the parts of the name; '\0': it has only one
[[nodiscard]] std::string maildir_folder(View mailbox, char delimiter = kDelimiter);

}  // namespace posthorn::imap
