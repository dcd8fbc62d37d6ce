#include "posthorn/service/roles/imap_role.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "posthorn/protocol/imap/server_session.h"
#include "posthorn/service/directory/sealing.h"
#include "posthorn/service/filtering/imap_events.h"

#include "service/roles/login.h"

namespace posthorn::roles {

namespace {

using journal::Happening;

/// Answers are sent when so much of them waits, octets.
constexpr std::size_t kPiece = 64U << 10U;

/// The driver's wake-up, in the hands of the account's watch, which calls it from any thread.
class Wake {
 public:
  void set(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }
  void operator()() {
    const std::lock_guard lock(mutex_);
    if (wake_) wake_();
  }

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
};

/// The keys of a login, lent to work beside its session: gone when the session is.
class Lent {
 public:
  void lend(std::shared_ptr<const vault::OpenKeys> keys) {
    const std::lock_guard lock(mutex_);
    keys_ = std::move(keys);
  }
  /// nullptr when the session has ended.
  [[nodiscard]] std::shared_ptr<const vault::OpenKeys> keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const vault::OpenKeys> keys_;
};

imap::ServerOptions session_options(const Connection& connection, const ImapOptions& options) {
  return {.host_name = connection.host_name,
          .starttls = connection.tls == Tls::starttls,
          .clear_login = connection.clear_login,
          .limits = options.limits,
          .identity = options.identity,
          .sieve_url = options.sieve_url};
}

class ImapRole final : public Conversation, private imap::Gate {
 public:
  ImapRole(const Services& services, Connection connection, const ImapOptions& options)
      : services_(services),
        connection_(std::move(connection)),
        namespaces_(options.namespaces),
        login_(services_, connection_, true),
        session_(imap::all_commands(), session_options(connection_, options), *this, services.clock.now()) {}
  ImapRole(const ImapRole&) = delete;
  ImapRole& operator=(const ImapRole&) = delete;
  ~ImapRole() override {
    wake_->set({});
    lent_->lend(nullptr);
  }

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  [[nodiscard]] Wants next(TimePoint now) override { return told(session_.next(now)); }
  void work(TimePoint now) override;
  [[nodiscard]] View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override { return session_.deadline(); }
  void upgraded(const TlsFacts& facts) override;
  void stop() override { session_.stop(); }
  void set_wake(std::function<void()> wake) override { wake_->set(std::move(wake)); }

 private:
  Result<std::unique_ptr<sasl::ServerExchange>> exchange(const sasl::MechanismSpec& mechanism) override;
  Result<std::string> check_password(View login, const Secret& password) override {
    return login_.check(login, password, now_);
  }
  Result<std::unique_ptr<imap::Mailboxes>> open(View login) override;
  [[nodiscard]] std::string notice() const override { return notice_; }
  [[nodiscard]] sasl::Accepted accepted() const override { return login_.accepted(); }
  Duration refused() override { return login_.delay(); }

  Result<directory::Account> find(View login);
  void reprocess(std::uint64_t account, const std::shared_ptr<const vault::OpenKeys>& keys);
  Wants told(const imap::Event& event);
  void tell(Happening what, View account, View detail);

  const Services services_;
  const Connection connection_;
  const sharing::NamespaceOptions namespaces_;
  Login login_;
  TimePoint now_;
  std::shared_ptr<Wake> wake_ = std::make_shared<Wake>();
  std::shared_ptr<mailbox::Account> account_;  // outlives what the session has of it
  std::string notice_;
  std::shared_ptr<Lent> lent_ = std::make_shared<Lent>();
  imap::ServerSession session_;
};

/// The login's exchange as the session sees it.
class GuardedExchange final : public sasl::ServerExchange {
 public:
  GuardedExchange(Login& login, const TimePoint& now) : login_(login), now_(now) {}
  GuardedExchange(const GuardedExchange&) = delete;
  GuardedExchange& operator=(const GuardedExchange&) = delete;
  ~GuardedExchange() override { login_.cancel(); }
  sasl::Step step(std::optional<View> response) override { return login_.step(response, now_); }

 private:
  Login& login_;
  const TimePoint& now_;
};

// Runs pipelined commands in one visit, as long as their answers fit into one piece of output.
void ImapRole::work(TimePoint now) {
  now_ = now;
  do {
    session_.work(now, services_.clock.wall());
  } while (session_.transmit().size() < kPiece && told(session_.next(now)) == Wants::work);
}

void ImapRole::upgraded(const TlsFacts& facts) {
  login_.upgraded(facts);
  session_.upgraded(facts);
  tell(Happening::tls_started, {}, facts.version);
}

Result<std::unique_ptr<sasl::ServerExchange>> ImapRole::exchange(const sasl::MechanismSpec& mechanism) {
  if (!login_.begin(mechanism.name)) return fail(peer_error(Code::unsupported));
  return std::make_unique<GuardedExchange>(login_, now_);
}

Result<directory::Account> ImapRole::find(View login) {
  auto known = services_.directory.account(login);
  if (!known) return known;
  auto account = services_.accounts.open(known->id, {known->quota_octets, known->quota_messages});
  if (!account) return fail(account.error());
  account_ = std::move(*account);
  return known;
}

Result<std::unique_ptr<imap::Mailboxes>> ImapRole::open(View login) {
  const auto known = find(login);
  if (!known) {
    tell(Happening::store_failed, login, known.error().note);
    return fail(environment_error(Code::unavailable, known.error().note));
  }
  const directory::Admission admission = login_.take_admission();
  notice_ = locked_notice(admission);
  const sharing::User user{*known, account_, admission.keys};
  sharing::Tree tree = sharing::open_namespaces({services_.directory, services_.accounts}, user, namespaces_);
  auto mailboxes =
      services_.events == nullptr ? std::move(tree.mailboxes) : services_.events->watch(std::move(tree), user);
  if (admission.keys != nullptr) reprocess(known->id.value(), admission.keys);
  mailboxes->set_watch([wake = wake_] { (*wake)(); });
  return mailboxes;
}

// Old mail follows the setting while its owner is here: beside the session, and no longer than it.
void ImapRole::reprocess(std::uint64_t account, const std::shared_ptr<const vault::OpenKeys>& keys) {
  if (services_.background == nullptr) return;
  const auto setting = services_.directory.sealing().setting(account);
  if (!setting || !setting->reprocess) return;
  lent_->lend(keys);
  services_.background->submit([account = account_, lent = lent_] {
    auto present = lent->keys();
    if (present == nullptr) return;
    // What fails is tried again at the next login: the request stays until all is done.
    const auto go_on = [&](std::uint64_t, std::uint64_t) { return lent->keys() != nullptr; };
    static_cast<void>(account->reprocess(std::move(present), go_on));
  });
}

Wants ImapRole::told(const imap::Event& event) {
  if (const auto* violation = std::get_if<Violation>(&event)) tell(Happening::violation, {}, violation->note);
  return imap::wants(event);
}

void ImapRole::tell(Happening what, View account, View detail) {
  services_.observer.happened(
      {.what = what, .protocol = "imap", .remote = connection_.remote, .account = account, .detail = detail});
}

}  // namespace

std::unique_ptr<Conversation> make_imap_role(const Services& services, Connection connection, ImapOptions options) {
  return std::make_unique<ImapRole>(services, std::move(connection), options);
}

}  // namespace posthorn::roles
