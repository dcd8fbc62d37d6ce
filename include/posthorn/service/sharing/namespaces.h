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

/// What a name of the tree means.
struct Owned {
  std::string owner;    ///< login; empty: nobody's
  std::string mailbox;  ///< its name in the account
  std::shared_ptr<mailbox::Account> mail;
  bool own_seen = false;  ///< \Seen there is not the owner's but this user's
};

class Owners {
 public:
  virtual ~Owners() = default;
  /// @errors not_found: nothing that this user could know
  [[nodiscard]] virtual Result<Owned> owned(View name) = 0;
};

/// The IMAP port for one session, and who knows whose everything is.
struct Tree {
  std::unique_ptr<imap::Mailboxes> mailboxes;
  Owners* owners = nullptr;  ///< part of `mailboxes`; null: everything is the user's own
};

/// Without a Directory::sharing() and a mailbox::Account::sharer() the tree is the account of the user alone.
[[nodiscard]] Tree open_namespaces(const Places& places, User user, const NamespaceOptions& options);

}  // namespace posthorn::sharing
