// All mailboxes that one user reaches, under one tree of names (RFC 2342): his own, those that others share with him
// below "#Shared/<login>/", and those that belong to nobody below "#<Name>/".
//
// What somebody may do is asked of ACLs and groups at each call, so that changes hold for sessions that run. Accounts
// of others are opened when they are needed. A mailbox without the right to look it up does not exist.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/directory/sharing.h"
#include "posthorn/service/mailbox/account.h"

namespace posthorn::sharing {

struct NamespaceOptions {
  std::string shared_prefix = "#Shared";  ///< of other users' mailboxes; empty: they are not offered
  std::vector<std::string> publics;       ///< names of public namespaces that are offered; empty: all
  bool own_seen = true;                   ///< \Seen of others' mailboxes is everybody's own
};

/// Somebody who has logged in.
struct User {
  directory::Account account;
  std::shared_ptr<mailbox::Account> mail;       ///< his own
  std::shared_ptr<const vault::OpenKeys> keys;  ///< what his login opened of it; may be null
};

/// Where everybody's mailboxes are. @lifetime all outlive what is made with it
struct Places {
  directory::Directory& directory;
  mailbox::Accounts& accounts;
};

/// The IMAP port for one session. Without a Directory::sharing() and a mailbox::Account::sharer() it is that of the
/// account alone.
[[nodiscard]] std::unique_ptr<imap::Mailboxes> open_namespaces(const Places& places, User user,
                                                               const NamespaceOptions& options);

}  // namespace posthorn::sharing
