// An account on each backend, and short ways to put mail into it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/service/mailbox/account.h"
#include "posthorn/service/store/backends.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

#include "service/store/scratch.h"

namespace posthorn::mailbox {

/// An engine of the store, with the directory that it may need; the store ends with the pointer.
struct Backend {
  const store::Backend* engine;
  View name;
  bool fast;
  [[nodiscard]] std::shared_ptr<store::Store> make() const {
    struct Housed {
      store::Scratch scratch;
      std::unique_ptr<store::Store> store;
    };
    const auto housed = std::make_shared<Housed>();
    auto opened = engine->open(housed->scratch.path("store"));
    REQUIRE(opened.has_value());
    housed->store = std::move(*opened);
    return {housed, housed->store.get()};
  }
};
inline std::vector<Backend> backends() {
  std::vector<Backend> all;
  for (const store::Backend& engine : store::backends()) all.push_back({&engine, engine.name, !engine.survives});
  return all;
}

inline constexpr AccountId kAccount{7};

/// A finished body, ready to be named by a NewMessage.
inline Result<NewMessage> new_message(Account& account, View mailbox, View body, const imap::Flags& flags = {}) {
  Result<std::unique_ptr<BodyWriter>> writer = account.write_body();
  if (!writer) return fail(writer.error());
  if (Result<void> written = (*writer)->append(body); !written) return fail(written.error());
  Result<Body> finished = (*writer)->finish();
  if (!finished) return fail(finished.error());
  NewMessage message;
  message.mailbox = own(mailbox);
  message.body = std::move(*finished);
  message.flags = flags;
  message.internal_date = testing::FakeClock::kStart;
  return message;
}

inline Result<Added> try_add(Account& account, View mailbox, View body, const imap::Flags& flags = {}) {
  const Result<NewMessage> message = new_message(account, mailbox, body, flags);
  if (!message) return fail(message.error());
  return account.add(*message);
}

inline std::uint32_t add(Account& account, View mailbox, View body, const imap::Flags& flags = {}) {
  const Result<Added> added = try_add(account, mailbox, body, flags);
  REQUIRE_MESSAGE(added.has_value(), (added ? "" : added.error().note));
  return added->uid.value();
}

inline std::vector<std::string> problems_of(const Account& account) {
  std::vector<std::string> problems;
  const Result<void> checked = account.check([&](View problem) { problems.push_back(own(problem)); });
  if (!checked) problems.push_back("check failed: " + own(name_of(checked.error().code)) + " " + checked.error().note);
  return problems;
}

inline void require_sound(const Account& account) {
  for (const std::string& problem : problems_of(account)) FAIL_CHECK(problem);
}

inline Code code_of(const auto& result) { return result ? Code::defect : result.error().code; }

/// One process with one account.
struct Process {
  explicit Process(store::Store& store, Quota quota = {}, const Limits& limits = {})
      : accounts(Accounts::make(store, clock, limits)), account(*accounts->open(kAccount, quota)) {}
  testing::FakeClock clock;
  std::unique_ptr<Accounts> accounts;
  std::shared_ptr<Account> account;
};

/// The messages of a mailbox as "uid:flags:octets-of-the-body" lines: for comparing states.
inline std::string contents(const Account& account, View mailbox) {
  std::string text;
  const Result<std::vector<StoredMessage>> messages = account.messages(mailbox);
  if (!messages) return "no " + own(mailbox);
  for (const StoredMessage& message : *messages) {
    text += std::to_string(message.uid.value()) + ":" + std::to_string(message.flags.system);
    for (const std::string& word : message.flags.keywords) text += "," + word;
    text += ":" + account.reader()->read(message.body, 0, message.body.octets + 1).value_or("<gone>") + "\n";
  }
  return text;
}

inline std::vector<imap::SeqNum> numbers(std::initializer_list<std::uint32_t> values) {
  std::vector<imap::SeqNum> result;
  for (const std::uint32_t value : values) result.push_back(imap::SeqNum{value});
  return result;
}

inline imap::Flags flags_of(std::initializer_list<imap::SystemFlag> system, std::vector<std::string> keywords = {}) {
  imap::Flags flags;
  for (const imap::SystemFlag flag : system) flags.system |= static_cast<std::uint8_t>(flag);
  flags.keywords = std::move(keywords);
  return flags;
}

/// "E3 X5 F2" for expunge of 3, exists 5, flags of 2.
inline std::string text_of(const std::vector<imap::Change>& changes) {
  std::string text;
  for (const imap::Change& change : changes) {
    const char letter = change.kind == imap::Change::Kind::expunged ? 'E'
                        : change.kind == imap::Change::Kind::exists ? 'X'
                                                                    : 'F';
    text += (text.empty() ? "" : " ") + std::string(1, letter) + std::to_string(change.number.value());
  }
  return text;
}

}  // namespace posthorn::mailbox
