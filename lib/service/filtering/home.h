// The account that a message comes to, as scripts ask of it and as their actions need it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/directory/directory.h"

namespace posthorn::filtering {

/// For one message; reads what is asked for, once: a script may ask thousands of times. What fails in passing is kept,
/// as scripts do not tell it apart.
class Home {
 public:
  /// Who handed the message over, as this site wrote it down; what is empty is not known.
  struct Client {
    std::string name;
    std::string address;
  };

  /// @lifetime both outlive the object
  Home(const delivery::Arrival& arrival, directory::Directory& directory)
      : arrival_(arrival), directory_(directory), session_(arrival.mailboxes.session()) {}

  [[nodiscard]] const delivery::Arrival& arrival() const { return arrival_; }
  /// A mailbox that mail can be put into, by its name.
  [[nodiscard]] Result<bool> has_mailbox(View name);
  /// Its name. nullopt: there is no such mailbox
  [[nodiscard]] Result<std::optional<std::string>> mailbox_with_id(View id);
  [[nodiscard]] Result<std::optional<std::string>> mailbox_with_use(View use);
  [[nodiscard]] Result<bool> has_use(View mailbox, View use);
  /// @param mailbox  nullopt: the server's
  [[nodiscard]] Result<std::optional<std::string>> annotation(std::optional<View> mailbox, View entry);
  [[nodiscard]] Result<bool> remembers(View name);
  [[nodiscard]] const Client& client();
  /// Whether mail to this address comes to this account. @param alone  and to nobody else
  [[nodiscard]] Result<bool> is_own(View address, bool alone = false);

  /// The first failure that may pass: what was decided without its answer is worth nothing.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  /// Those that mail can be put into.
  struct Mailboxes {
    std::vector<imap::MailboxInfo> all;
    std::unordered_map<std::string_view, const imap::MailboxInfo*> by_name;  // looks at `all`
  };
  using NamesById = std::map<std::string, std::string, std::less<>>;
  using Entries = std::vector<imap::MetadataEntry>;

  [[nodiscard]] Result<const Mailboxes*> mailboxes();
  [[nodiscard]] Result<const NamesById*> names_by_id();
  [[nodiscard]] Result<const Entries*> annotations(const std::string& mailbox);
  template <class T>
  Result<T> noted(Result<T> result) {
    if (!result && result.error().lasting == Lasting::transient && !failure_) failure_ = result.error();
    return result;
  }

  const delivery::Arrival& arrival_;
  directory::Directory& directory_;
  const std::unique_ptr<imap::Mailboxes> session_;
  std::optional<Mailboxes> mailboxes_;
  std::optional<NamesById> names_by_id_;
  std::map<std::string, Entries> annotations_;  // by mailbox, "" is the server
  std::optional<Client> client_;
  std::optional<Error> failure_;
};

}  // namespace posthorn::filtering
