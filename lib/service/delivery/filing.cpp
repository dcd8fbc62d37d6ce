#include "service/delivery/filing.h"

#include <algorithm>
#include <utility>

namespace posthorn::delivery {

namespace {

/// Where junk is kept; INBOX where no mailbox is for that.
Result<std::string> junk_mailbox(mailbox::Account& account) {
  const Result<std::vector<imap::MailboxInfo>> all = account.list();
  if (!all) return fail(all.error());
  const auto junk = std::find_if(all->begin(), all->end(), [](const imap::MailboxInfo& info) {
    return info.exists && info.selectable && info.use == imap::SpecialUse::junk;
  });
  return junk == all->end() ? "INBOX" : junk->name;
}

}  // namespace

Result<void> file(mailbox::Account& account, mailbox::Body body, const Filing& filing) {
  mailbox::NewMessage message;
  message.mailbox = "INBOX";
  message.body = std::move(body);
  message.internal_date = filing.now;
  message.receipt = filing.receipt;
  message.again = filing.again;
  if (filing.junk) {
    Result<std::string> name = junk_mailbox(account);
    if (!name) return fail(std::move(name.error()));
    message.mailbox = std::move(*name);
    message.flags.keywords = {"$Junk"};
    message.create_mailbox = true;  // its owner may remove it in between
  }
  const Result<mailbox::Added> added = account.add(message);
  return added ? Result<void>() : fail(added.error());
}

}  // namespace posthorn::delivery
