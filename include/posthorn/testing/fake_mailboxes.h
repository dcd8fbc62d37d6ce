// Mailboxes over vectors in memory: for the tests of the IMAP server without a store. Not safe to call from many
// threads.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::testing {

/// The mail of one user; each session gets its own Mailboxes over it. @lifetime outlives its sessions
class FakeAccount {
 public:
  struct Message {
    imap::MessageFacts facts;
    std::string octets;
  };
  struct Box {
    imap::UidValidity validity;
    imap::Uid next{1};
    imap::SpecialUse use = imap::SpecialUse::none;
    std::vector<Message> messages;
    std::uint64_t revision = 1;
    bool gone = false;
    std::map<std::string, imap::Rights> acl;         ///< of mailboxes that are not the user's own: "#..."
    std::map<std::string, std::string> annotations;  ///< by the name of the entry
    std::uint64_t expunged_at = 0;  ///< modseq of the last removal
  };
  /// What is around the mailboxes.
  struct Host {
    imap::Namespaces namespaces;
    std::vector<imap::QuotaRoot> roots;  ///< besides the one that `quota` makes; all mailboxes count to all of them
    std::map<std::string, std::string> annotations;  ///< of the server
    std::size_t most_annotations = 100;              ///< of one mailbox
    bool private_annotations = true;
    std::optional<std::uint64_t> append_limit;
  };

  /// Has an empty INBOX.
  FakeAccount();
  /// @param login  as ACLs name the user
  [[nodiscard]] std::unique_ptr<imap::Mailboxes> session(std::string login = "ann");

  std::shared_ptr<Box> make(const std::string& name, imap::SpecialUse use = imap::SpecialUse::none);
  imap::Uid add(const std::string& name, View octets, imap::Flags flags = {}, WallTime date = {});
  /// Null when there is none. "inbox" in any case is INBOX.
  [[nodiscard]] std::shared_ptr<Box> find(View name) const;

  std::map<std::string, std::shared_ptr<Box>> boxes;
  std::set<std::string> subscriptions;
  Host host;
  std::uint64_t quota = 0;                            ///< octets in all mailboxes; 0: no limit
  Code failure = Code::misuse;                        ///< what the next calls fail with; misuse: they work
  std::map<std::uint32_t, Code> unopened;             ///< what reading the messages with these uids fails with
  std::uint64_t damaged_from = std::uint64_t{0} - 1;  ///< octets of messages that cannot be read from here on: corrupt
  std::uint64_t modseq = 0;
  std::uint32_t validity = 1000;
};

}  // namespace posthorn::testing
