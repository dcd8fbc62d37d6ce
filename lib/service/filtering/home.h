// The account that a message comes to, as scripts ask of it and as their actions need it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/directory/directory.h"

namespace posthorn::filtering {

/// For one message; reads what is asked for, once. What fails in passing is kept, as scripts do not tell it apart.
class Home {
 public:
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
  /// Whether mail to this address comes to this account. @param alone  and to nobody else
  [[nodiscard]] Result<bool> is_own(View address, bool alone = false);

  /// The first failure that may pass: what was decided without its answer is worth nothing.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  [[nodiscard]] Result<std::vector<imap::MailboxInfo>> mailboxes();
  template <class T>
  Result<T> noted(Result<T> result) {
    if (!result && result.error().lasting == Lasting::transient && !failure_) failure_ = result.error();
    return result;
  }

  const delivery::Arrival& arrival_;
  directory::Directory& directory_;
  const std::unique_ptr<imap::Mailboxes> session_;
  std::optional<std::vector<imap::MailboxInfo>> mailboxes_;
  std::optional<Error> failure_;
};

}  // namespace posthorn::filtering
