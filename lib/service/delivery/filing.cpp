#include "service/delivery/filing.h"

#include <algorithm>
#include <map>
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

/// A message for where mail goes without a filter.
Result<mailbox::NewMessage> usual_message(mailbox::Account& account, mailbox::Body body, const Filing& filing) {
  mailbox::NewMessage message;
  message.mailbox = "INBOX";
  message.body = std::move(body);
  message.internal_date = filing.now;
  if (!filing.junk) return message;
  Result<std::string> name = junk_mailbox(account);
  if (!name) return fail(std::move(name.error()));
  message.mailbox = std::move(*name);
  message.flags.keywords = {"$Junk"};
  message.create_mailbox = true;  // its owner may remove it in between
  return message;
}

struct Written {
  std::unique_ptr<mailbox::BodyWriter> writer;  // kept until the message is in: the store forgets loose bodies
  mailbox::Body body;
};

Result<Written> write_body(mailbox::Account& account, View octets) {
  Result<std::unique_ptr<mailbox::BodyWriter>> writer = account.write_body();
  if (!writer) return fail(std::move(writer.error()));
  if (Result<void> written = (*writer)->append(octets); !written) return fail(std::move(written.error()));
  Result<mailbox::Body> body = (*writer)->finish();
  if (!body) return fail(std::move(body.error()));
  return Written{std::move(*writer), std::move(*body)};
}

Result<mailbox::NewMessage> new_message(mailbox::Account& account, const Copy& copy, const mailbox::Body& body,
                                        const Filing& filing) {
  mailbox::NewMessage message;
  if (copy.usual) {
    Result<mailbox::NewMessage> usual = usual_message(account, body, filing);
    if (!usual) return usual;
    message = std::move(*usual);
  } else {
    message.mailbox = copy.mailbox;
    message.body = body;
    message.internal_date = filing.now;
    message.create_mailbox = copy.create;
    message.use = copy.use;
  }
  message.or_inbox = true;
  message.flags.system |= copy.flags.system;
  for (const std::string& word : copy.flags.keywords) {
    if (std::ranges::find(message.flags.keywords, word) == message.flags.keywords.end())
      message.flags.keywords.push_back(word);
  }
  return message;
}

}  // namespace

Result<void> file(mailbox::Account& account, mailbox::Body body, const Filing& filing) {
  Result<mailbox::NewMessage> message = usual_message(account, std::move(body), filing);
  if (!message) return fail(std::move(message.error()));
  message->receipt = filing.receipt;
  message->again = filing.again;
  const Result<mailbox::Added> added = account.add(*message);
  return added ? Result<void>() : fail(added.error());
}

Result<void> file(mailbox::Account& account, View message, const Decision& decision, const Filing& filing) {
  mailbox::Parcel parcel{.receipt = filing.receipt, .again = filing.again, .remembered = decision.remembered};
  std::map<const std::string*, Written> bodies;
  for (const Copy& copy : decision.copies) {
    if (!bodies.contains(copy.message.get())) {
      Result<Written> written = write_body(account, copy.message ? View(*copy.message) : message);
      if (!written) return fail(std::move(written.error()));
      bodies.emplace(copy.message.get(), std::move(*written));
    }
    Result<mailbox::NewMessage> added = new_message(account, copy, bodies.at(copy.message.get()).body, filing);
    if (!added) return fail(std::move(added.error()));
    parcel.messages.push_back(std::move(*added));
  }
  return account.add(parcel);
}

}  // namespace posthorn::delivery
