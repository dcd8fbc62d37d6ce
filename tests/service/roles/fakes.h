// Services that a test arranges by hand: who exists, what has room, what fails; and a driver without sockets.
#pragma once

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/service/roles/role.h"
#include "posthorn/testing/fake_verifier.h"
#include "posthorn/testing/fakes.h"

namespace posthorn::roles::testing {

inline std::unexpected<Error> refuse_call() { return fail(caller_error(Code::misuse, "not for this test")); }

/// example.org is ours; ann and bob have mailboxes, sales@ leads to ann, off@ is switched off, full@ has a quota.
class FakeDirectory : public directory::Directory {
 public:
  std::map<std::string, directory::Account> accounts;
  std::map<std::string, std::vector<std::string>> aliases_of;
  std::map<std::string, std::optional<directory::WhenUnknown>> backups_of;  // domains; with a value: call-ahead
  std::optional<Error> failure;                                             // of resolve() and account()
  int resolved = 0;
  directory::Enforcement enforcement = directory::Enforcement::reject;
  posthorn::testing::FakeVerifier verifier{{"ann@example.org", "secret"}};

  FakeDirectory() {
    std::uint64_t number = 0;
    for (const char* name : {"ann@example.org", "bob@example.org", "off@example.org", "full@example.org"}) {
      accounts[name] = {.id = directory::AccountId(++number), .address = name};
    }
    accounts["off@example.org"].active = false;
    accounts["full@example.org"].quota_octets = 100;
    aliases_of["sales@example.org"] = {"ann@example.org"};
    aliases_of["team@example.org"] = {"ann@example.org", "bob@example.org"};
  }

  Result<directory::Resolution> resolve(View address) override {
    ++resolved;
    if (failure) return fail(*failure);
    const auto backup = backups_of.find(own(address.substr(address.find('@') + 1)));
    if (backup != backups_of.end()) {
      directory::Resolution relayed;
      relayed.relayed = true;
      if (backup->second) relayed.call_ahead = {{{}, *backup->second}};
      return relayed;
    }
    if (!address.ends_with("@example.org")) return fail(peer_error(Code::unsupported));
    directory::Resolution found;
    found.enforcement = enforcement;
    std::vector<std::string> names = {own(address)};
    if (aliases_of.contains(names[0])) names = aliases_of[names[0]];
    for (const auto& name : names) {
      const auto primary = backups_of.find(name.substr(name.find('@') + 1));
      if (primary != backups_of.end()) {
        found.remote.push_back(name);
        if (primary->second) found.call_ahead.push_back({name, *primary->second});
        continue;
      }
      if (!accounts.contains(name)) return fail(peer_error(Code::not_found));
      if (!accounts[name].active) return fail(peer_error(Code::denied));
      found.targets.push_back({accounts[name], ""});
    }
    return found;
  }
  Result<void> set_enforcement(View, directory::Enforcement) override { return {}; }
  Result<directory::Account> account(View address) override {
    if (failure) return fail(*failure);
    const auto found = accounts.find(own(address));
    if (found == accounts.end()) return fail(peer_error(Code::not_found));
    return found->second;
  }
  Result<directory::Account> account(directory::AccountId id) override {
    for (const auto& [name, a] : accounts) {
      if (a.id == id) return a;
    }
    return fail(peer_error(Code::not_found));
  }
  Result<directory::Admission> log_in(View authorize_as, View login, const Secret& password) override {
    if (failure) return fail(*failure);
    return admission(verifier.check_password(authorize_as, login, password));
  }
  Result<sasl::ScramKeys> scram_keys(View login) override { return verifier.scram_keys(login); }
  Result<directory::Admission> admit(View authorize_as, View login, const Secret& client_key) override {
    return admission(verifier.authorize(authorize_as, login, client_key));
  }
  Result<directory::Admission> recognise(View authorize_as, View login) override {
    const auto known = account(login);
    if (!known) return fail(failure ? *failure : peer_error(Code::denied));
    const bool good = known->active && (authorize_as.empty() || authorize_as == login);
    if (!good) return fail(peer_error(Code::denied));
    return directory::Admission{.login = own(login)};
  }
  void sweep() override {}
  directory::Sealing& sealing() override { std::abort(); }
  static Result<directory::Admission> admission(Result<std::string> login) {
    return map(std::move(login), [](std::string name) { return directory::Admission{.login = std::move(name)}; });
  }

  Result<bool> is_local_domain(View domain) override { return domain == "example.org"; }
  Result<void> add_domain(const directory::Domain&) override { return refuse_call(); }
  Result<void> remove_domain(View) override { return refuse_call(); }
  Result<directory::Domain> domain(View) override { return refuse_call(); }
  Result<std::vector<directory::Domain>> domains() override { return refuse_call(); }
  Result<directory::Account> add_mailbox(View, const Secret&) override { return refuse_call(); }
  Result<void> remove_mailbox(View) override { return refuse_call(); }
  Result<void> set_password(View, const Secret&) override { return refuse_call(); }
  Result<void> set_active(View, bool) override { return refuse_call(); }
  Result<void> set_quota(View, std::uint64_t, std::uint32_t) override { return refuse_call(); }
  Result<std::vector<directory::Account>> mailboxes(View) override { return refuse_call(); }
  Result<void> add_alias(const directory::Alias&) override { return refuse_call(); }
  Result<void> remove_alias(View) override { return refuse_call(); }
  Result<std::vector<directory::Alias>> aliases(View) override { return refuse_call(); }
};

/// An account that knows only how much room it has.
class FakeAccount : public mailbox::Account {
 public:
  explicit FakeAccount(mailbox::Quota quota) : quota_(quota) {}
  Result<void> room_for(std::uint64_t octets) const override {
    if (quota_.octets != 0 && octets > quota_.octets) return fail(environment_error(Code::over_quota));
    return {};
  }
  Result<void> provision() override { return refuse_call(); }
  Result<std::unique_ptr<mailbox::BodyWriter>> write_body() override { return refuse_call(); }
  std::unique_ptr<mailbox::BodyReader> reader(std::shared_ptr<const vault::OpenKeys>) const override { return nullptr; }
  Result<mailbox::Added> add(const mailbox::NewMessage&) override { return refuse_call(); }
  Result<void> add(const mailbox::Parcel&) override { return refuse_call(); }
  Result<bool> remembers(View) const override { return refuse_call(); }
  Result<bool> has_receipt(View) const override { return refuse_call(); }
  Result<imap::UidValidity> uid_validity(View) const override { return refuse_call(); }
  Result<std::vector<mailbox::StoredMessage>> messages(View, const vault::OpenKeys*) const override {
    return refuse_call();
  }
  Result<void> remove(View, std::span<const imap::Uid>) override { return refuse_call(); }
  Result<std::vector<imap::MailboxInfo>> list() const override { return refuse_call(); }
  Result<std::string> event_script(View) const override { return refuse_call(); }
  std::unique_ptr<imap::Mailboxes> session(std::shared_ptr<const vault::OpenKeys>) override { return nullptr; }
  Result<mailbox::Reprocessed> reprocess(std::shared_ptr<const vault::OpenKeys>,
                                         const std::function<bool(std::uint64_t, std::uint64_t)>&) override {
    return refuse_call();
  }
  Result<mailbox::ReceiptSums> check_receipts(const std::function<void(View)>&) const override { return refuse_call(); }
  Result<std::uint64_t> expire_receipts(WallTime) override { return refuse_call(); }
  Result<std::uint64_t> expire_memory() override { return refuse_call(); }
  Result<void> check(const std::function<void(View)>&) const override { return {}; }

 private:
  mailbox::Quota quota_;
};

class FakeAccounts : public mailbox::Accounts {
 public:
  Result<std::shared_ptr<mailbox::Account>> open(store::AccountId, mailbox::Quota quota) override {
    return std::make_shared<FakeAccount>(quota);
  }
};

/// Keeps what it is given; fails where it is told to.
class FakeDelivery : public delivery::Delivery {
 public:
  struct Stored {
    delivery::Envelope envelope;
    std::string content;
    delivery::Findings findings;
  };
  std::vector<Stored> stored;  // one for each message, recipients that failed are not in its envelope
  std::optional<Error> begin_failure, append_failure;
  std::map<std::string, Error> failures;        // of finish(), by address
  std::map<std::string, std::string> refusals;  // by address; they are failures, too
  int transactions = 0;

  Result<std::unique_ptr<delivery::Transaction>> begin(delivery::Envelope envelope) override {
    if (begin_failure) return fail(*begin_failure);
    ++transactions;
    return std::make_unique<Transaction>(*this, std::move(envelope));
  }

 private:
  class Transaction : public delivery::Transaction {
   public:
    Transaction(FakeDelivery& owner, delivery::Envelope envelope) : owner_(owner) {
      message_.envelope = std::move(envelope);
    }
    Result<void> append(View octets) override {
      if (owner_.append_failure) return fail(*owner_.append_failure);
      message_.content += octets;
      return {};
    }
    std::vector<Result<void>> finish() override {
      std::vector<Result<void>> results;
      Stored kept{{message_.envelope.sender, {}, message_.envelope.origin}, message_.content, message_.findings};
      kept.envelope.judged = message_.envelope.judged;
      kept.envelope.examine = message_.envelope.examine;
      kept.envelope.each_answered = message_.envelope.each_answered;
      for (auto& recipient : message_.envelope.recipients) {
        const auto failure = owner_.failures.find(recipient.address);
        const auto refusal = owner_.refusals.find(recipient.address);
        refusals_.push_back(refusal == owner_.refusals.end() ? std::string() : refusal->second);
        if (!refusals_.back().empty()) {
          results.push_back(fail(peer_error(Code::denied)));
        } else if (failure != owner_.failures.end()) {
          results.push_back(fail(failure->second));
        } else {
          results.push_back({});
          kept.envelope.recipients.push_back(recipient);
        }
      }
      if (!kept.envelope.recipients.empty()) owner_.stored.push_back(std::move(kept));
      return results;
    }
    void judge(delivery::Findings findings) override { message_.findings = std::move(findings); }
    View id() const override { return "id17"; }
    std::string refusal(std::size_t recipient) const override { return refusals_.at(recipient); }

   private:
    FakeDelivery& owner_;
    Stored message_;
    std::vector<std::string> refusals_;
  };
};

/// Counts what it is told.
class CountingObserver : public journal::Observer {
 public:
  std::map<journal::Happening, int> counts;
  void happened(const journal::Event& event) override { ++counts[event.what]; }
};

/// All services of one test.
struct Site {
  FakeDirectory directory;
  directory::LoginGuard guard;
  FakeAccounts accounts;
  FakeDelivery delivery;
  CountingObserver observer;
  posthorn::testing::FakeClock clock;
  posthorn::testing::SeededRandom random{1};
  Services services{directory, guard, accounts, delivery, observer, clock, random};
};

/// Drives one conversation like io does, and counts the visits to a worker.
struct Driver {
  Conversation& server;
  posthorn::testing::FakeClock& clock;
  int visits = 0;
  bool closed = false;
  bool wants_upgrade = false;
  Duration paused{};

  /// @returns what the server sent
  std::string operator()(View octets) {
    server.receive(octets);
    return pump();
  }
  std::string pump() {
    std::string sent;
    for (bool more = !closed; more;) {
      const Wants wants = server.next(clock.now());
      sent += server.transmit();
      server.transmitted(server.transmit().size());
      more = wants == Wants::again || wants == Wants::work || wants == Wants::pause;
      closed = wants == Wants::close;
      wants_upgrade = wants == Wants::upgrade;
      if (wants == Wants::work) {
        ++visits;
        server.work(clock.now());
      }
      if (wants == Wants::pause) {
        const Duration wait = *server.deadline() - clock.now();
        paused += wait;
        clock.advance(wait);
      }
    }
    return sent;
  }
};

}  // namespace posthorn::roles::testing
