// Names of mailboxes as commands see them: which are the same, which may be made, what LIST has between them.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

/// The one spelling of a name: a first level that is "inbox" in any case is INBOX (RFC 9051 section 5.1).
[[nodiscard]] std::string canonical_name(View name);
/// Whether `name` lies below `parent`.
[[nodiscard]] bool is_below(View name, View parent);
/// Whether a mailbox of this name has a namespace to lie in: what starts with "#" belongs to none but those that are
/// told (RFC 9051 section 5.1.2.1), and their prefixes themselves are no mailboxes.
[[nodiscard]] bool has_namespace(View name, const Namespaces& namespaces);

/// The root of a reference: the prefix of its namespace; empty in the personal one (RFC 9051 section 6.3.9).
[[nodiscard]] View root_of(View reference, const Namespaces& namespaces);
/// What LIST and LSUB look for: a pattern that starts with the prefix of a namespace stands for itself, any other one
/// follows the reference.
[[nodiscard]] std::string joined_pattern(View reference, View pattern, const Namespaces& namespaces);

/// The same names and, where they are missing, the levels above them, which do not exist; sorted by name. Whatever has
/// a mailbox below it has children.
[[nodiscard]] std::vector<MailboxInfo> with_parents(std::vector<MailboxInfo> names);
/// The place of a name in what with_parents() returned, or its size.
[[nodiscard]] std::size_t place_of(View name, const std::vector<MailboxInfo>& names);

/// The LIST response that tells a client of IMAP4rev2 the new name of a mailbox (RFC 9051 section 7.3.1).
void write_old_name(View name, View old_name, Responder& responder);
/// Refuses a command that would have made a mailbox: a name that cannot be is no error of grammar (RFC 5530 section 3).
void refuse_name(const Error& error, Responder& responder);

}  // namespace posthorn::imap
