// Public mailboxes as administrators see them: made for somebody who then looks after them.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/rights.h"
#include "posthorn/service/sharing/namespaces.h"

namespace posthorn::sharing {

/// Gives rights in a mailbox of a public namespace, which is made when it is missing. Mailboxes that are made below it
/// later have the same ACL.
/// @param identifier  a login, "anyone", "authenticated", "$group", "!$group" (instead of what else gives rights to its
///                    members); "-" in front takes rights away
/// @param rights      as in RFC 4314; none: the identifier is taken out
/// @errors not_found (the namespace, the identifier), syntax (the mailbox, the rights)
Result<void> delegate(const Places& places, View space, View mailbox, View identifier, View rights);

/// A mailbox with one line of its ACL, identifiers as people write them.
struct PublicRight {
  std::string mailbox;
  std::string identifier;
  imap::Rights rights;
};
/// All ACLs of a public namespace. @errors not_found
[[nodiscard]] Result<std::vector<PublicRight>> rights_in(const Places& places, View space);

}  // namespace posthorn::sharing
