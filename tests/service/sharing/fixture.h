// Users of one host with their sessions, and short ways to say what they do and see.
#pragma once

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/service/sharing/namespaces.h"
#include "posthorn/service/sharing/public_mailboxes.h"

#include "service/directory/fixture.h"
#include "service/mailbox/fixture.h"

namespace posthorn::sharing::testing {

using mailbox::code_of;
using mailbox::flags_of;
using mailbox::numbers;

struct Host : directory::testing::Fixture {
  explicit Host(const mailbox::Limits& limits = {}) : accounts(mailbox::Accounts::make(*store, clock, limits)) {
    domain("example.org");
    for (const char* name : {"ann", "bob", "cat"}) mailbox(own(name) + "@example.org");
  }
  std::unique_ptr<imap::Mailboxes> session(const std::string& name, const NamespaceOptions& options = {}) {
    const auto user = *directory->account(name + "@example.org");
    return open_namespaces({*directory, *accounts}, {user, account(name), {}}, options).mailboxes;
  }
  std::shared_ptr<mailbox::Account> account(const std::string& name) {
    const auto user = *directory->account(name + "@example.org");
    return *accounts->open(user.id, {user.quota_octets, user.quota_messages});
  }
  void group(const std::string& name, std::initializer_list<const char*> members) {
    REQUIRE(directory->sharing()->add_group(name));
    for (const char* member : members) REQUIRE(directory->sharing()->add_member(name, own(member) + "@example.org"));
  }
  posthorn::testing::FakeClock clock;
  std::unique_ptr<mailbox::Accounts> accounts;
};

inline imap::Rights rights(View letters) { return *imap::parse_rights(letters); }

inline Result<void> set(imap::Mailboxes& session, View name, View identifier, View letters) {
  return session.set_acl(name, identifier, imap::RightsChange::replace, rights(letters));
}
inline void give(imap::Mailboxes& session, View name, View identifier, View letters) {
  const Result<void> given = set(session, name, identifier, letters);
  REQUIRE_MESSAGE(given.has_value(), (given ? "" : given.error().note));
}

/// Names below '#', each with '*' where it is subscribed, '+' with children, '?' where it does not exist, '!' where it
/// cannot be selected although it does.
inline std::string others(imap::Mailboxes& session) {
  const auto list = session.list();
  REQUIRE(list.has_value());
  std::string text;
  for (const imap::MailboxInfo& info : *list) {
    if (!info.name.starts_with('#')) continue;
    CHECK(info.use == imap::SpecialUse::none);
    text += (text.empty() ? "" : " ") + info.name + (info.subscribed ? "*" : "") + (info.has_children ? "+" : "") +
            (info.exists ? "" : "?") + (info.exists && !info.selectable ? "!" : "");
  }
  return text;
}

/// "lr" or the word of the error.
inline std::string my_rights(imap::Mailboxes& session, View name) {
  const auto mine = session.my_rights(name);
  if (!mine) return own(name_of(mine.error().code));
  std::string text;
  for (const char c : View("lrswipkxtea")) {
    if (mine->has_all(*imap::parse_rights(View(&c, 1)))) text += c;
  }
  return text;
}

/// "1:\Seen 2:" of a view.
inline std::string flags(const imap::SelectedMailbox& view) {
  std::string text;
  for (std::uint32_t n = 1; n <= view.exists(); ++n) {
    const imap::MessageFacts& facts = view.facts(imap::SeqNum{n});
    text += (text.empty() ? "" : " ") + std::to_string(facts.uid.value()) + ":" + std::to_string(facts.flags.system);
    for (const std::string& word : facts.flags.keywords) text += "," + word;
  }
  return text;
}

inline Result<imap::AppendOutcome> append(imap::Mailboxes& session, View name, View body,
                                          const imap::Flags& flags = {}) {
  auto message = session.append(name);
  if (!message) return fail(message.error());
  if (auto begun = (*message)->begin(flags, std::nullopt); !begun) return fail(begun.error());
  if (auto room = (*message)->announce(body.size()); !room) return fail(room.error());
  if (auto written = (*message)->write(body); !written) return fail(written.error());
  return (*message)->finish();
}

inline constexpr View kAnn = "#Shared/ann@example.org/";
inline std::string of_ann(View name) { return own(kAnn).append(name); }

}  // namespace posthorn::sharing::testing
