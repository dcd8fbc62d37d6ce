#include "posthorn/service/roles/pop3_role.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "posthorn/protocol/pop3/server_session.h"

#include "service/roles/login.h"

namespace posthorn::roles {

namespace {

using journal::Happening;

constexpr View kInbox = "INBOX";

pop3::ServerOptions session_options(const Connection& connection, Pop3Options options) {
  pop3::ServerOptions result;
  result.host_name = connection.host_name;
  result.starttls = connection.tls == Tls::starttls;
  result.clear_login = connection.clear_login;
  result.implementation = std::move(options.implementation);
  result.limits = options.limits;
  return result;
}

class Pop3Role final : public Conversation {
 public:
  Pop3Role(const Services& services, Connection connection, Pop3Options options)
      : services_(services),
        connection_(std::move(connection)),
        login_(services_, connection_, true),
        session_(session_options(connection_, std::move(options)), services.clock.now()) {
    session_.offer(login_.offered());
  }
  Pop3Role(const Pop3Role&) = delete;
  Pop3Role& operator=(const Pop3Role&) = delete;
  ~Pop3Role() override = default;

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  [[nodiscard]] Wants next(TimePoint now) override;
  void work(TimePoint now) override;
  [[nodiscard]] View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override {
    return held_ ? held_->until : session_.deadline();
  }
  void upgraded(const TlsFacts& facts) override;
  void stop() override { session_.stop(); }
  void set_wake(std::function<void()>) override {}  // POP3 tells nothing that was not asked for

 private:
  /// A refusal that is held back: guessing passwords gets slow.
  struct Held {
    Ticket ticket;
    Error error;
    TimePoint until;
  };

  Wants hear(NeedInput&) { return upgrading_ ? Wants::upgrade : Wants::input; }
  Wants hear(pop3::Drain&) { return Wants::again; }
  Wants hear(pop3::AuthCancelled&);
  Wants hear(pop3::Upgrade& upgrade);
  Wants hear(Violation& violation);
  Wants hear(Closed&) { return Wants::close; }
  template <class Blocking>
  Wants hear(Blocking&) {
    return Wants::work;
  }

  void run(pop3::Login& login, TimePoint now);
  void run(pop3::Auth& auth, TimePoint now);
  void run(pop3::AuthResponse& response, TimePoint now);
  void run(pop3::Fetch& fetch, TimePoint now);
  void run(pop3::Update& update, TimePoint now);
  template <class Quick>
  void run(Quick&, TimePoint) {}

  void take(Ticket ticket, const sasl::Step& step, TimePoint now);
  void open(Ticket ticket, View login);
  Result<pop3::Maildrop> snapshot(View login);
  bool find_again(std::size_t index);
  void refuse_later(Ticket ticket, const Error& error, TimePoint now);
  Error store_error(View account, const Error& error);
  void tell(Happening what, View account, View detail);

  const Services services_;
  const Connection connection_;
  Login login_;
  pop3::ServerSession session_;
  std::optional<pop3::Event> pending_;  // waits for work()
  std::optional<Held> held_;
  std::string proven_;  // login of an exchange whose last data are on their way to the client
  std::string name_;    // of who is logged in
  std::shared_ptr<mailbox::Account> account_;
  std::vector<mailbox::StoredMessage> messages_;  // as in the session's maildrop
  std::unique_ptr<mailbox::BodyReader> reader_;   // ends before account_
  std::string notice_;
  bool upgrading_ = false;
};

Wants Pop3Role::next(TimePoint now) {
  if (held_) {
    if (now < held_->until) return Wants::pause;
    session_.refuse(std::move(held_->ticket), held_->error);
    held_.reset();
    return Wants::again;
  }
  if (pending_) return Wants::work;
  pop3::Event event = session_.next(now);
  const Wants wants = std::visit([this](auto& e) { return hear(e); }, event);
  if (wants == Wants::work) pending_ = std::move(event);
  return wants;
}

// Answers pipelined commands in one visit, until the session wants its output drained.
void Pop3Role::work(TimePoint now) {
  do {
    if (!pending_) return;
    pop3::Event event = std::move(*pending_);
    pending_.reset();
    std::visit([&](auto& e) { run(e, now); }, event);
  } while (!held_ && next(now) == Wants::work);
}

Wants Pop3Role::hear(pop3::AuthCancelled&) {
  login_.cancel();
  proven_.clear();
  return Wants::again;
}

Wants Pop3Role::hear(pop3::Upgrade& upgrade) {
  session_.done(std::move(upgrade.ticket));
  upgrading_ = true;
  return Wants::upgrade;
}

Wants Pop3Role::hear(Violation& violation) {
  tell(Happening::violation, name_, violation.note);
  return Wants::again;
}

void Pop3Role::upgraded(const TlsFacts& facts) {
  upgrading_ = false;
  login_.upgraded(facts);
  session_.upgraded(facts);
  session_.offer(login_.offered());
  tell(Happening::tls_started, {}, facts.version);
}

void Pop3Role::run(pop3::Login& login, TimePoint now) {
  auto who = login_.check(login.user, login.password, now);
  if (who) {
    open(std::move(login.ticket), *who);
  } else {
    refuse_later(std::move(login.ticket), who.error(), now);
  }
}

void Pop3Role::run(pop3::Auth& auth, TimePoint now) {
  proven_.clear();
  if (!login_.begin(auth.mechanism)) {
    session_.refuse(std::move(auth.ticket), peer_error(Code::unsupported));
    return;
  }
  std::optional<View> initial;
  if (auth.initial) initial = *auth.initial;
  take(std::move(auth.ticket), login_.step(initial, now), now);
}

void Pop3Role::run(pop3::AuthResponse& response, TimePoint now) {
  if (proven_.empty()) {
    take(std::move(response.ticket), login_.step(View(response.response), now), now);
  } else if (response.response.empty()) {
    open(std::move(response.ticket), std::exchange(proven_, {}));
  } else {
    proven_.clear();
    refuse_later(std::move(response.ticket), peer_error(Code::denied), now);
  }
}

void Pop3Role::take(Ticket ticket, const sasl::Step& step, TimePoint now) {
  if (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
    session_.challenge(std::move(ticket), challenge->octets);
  } else if (const auto* error = std::get_if<Error>(&step)) {
    refuse_later(std::move(ticket), *error, now);
  } else if (const auto& success = std::get<sasl::Success>(step); success.octets.empty()) {
    open(std::move(ticket), success.login);
  } else {
    // RFC 5034 section 4: additional data go out as a challenge, which the client answers with an empty line.
    proven_ = success.login;
    session_.challenge(std::move(ticket), success.octets);
  }
}

void Pop3Role::open(Ticket ticket, View login) {
  auto maildrop = snapshot(login);
  if (maildrop) {
    name_ = own(login);
    session_.open(std::move(ticket), std::move(*maildrop), notice_);
  } else {
    reader_.reset();
    account_.reset();
    session_.refuse(std::move(ticket), store_error(login, maildrop.error()));
  }
}

Result<pop3::Maildrop> Pop3Role::snapshot(View login) {
  const auto known = services_.directory.account(login);
  if (!known) return fail(known.error());
  auto account = services_.accounts.open(known->id, {known->quota_octets, known->quota_messages});
  if (!account) return fail(account.error());
  account_ = std::move(*account);
  auto validity = account_->uid_validity(kInbox);
  if (!validity && validity.error().code == Code::not_found) {
    if (auto made = account_->provision(); !made) return fail(made.error());
    validity = account_->uid_validity(kInbox);
  }
  if (!validity) return fail(validity.error());
  const directory::Admission admission = login_.take_admission();
  notice_ = locked_notice(admission);
  auto messages = account_->messages(kInbox, admission.keys.get());
  if (!messages) return fail(messages.error());
  reader_ = account_->reader(admission.keys);
  messages_ = std::move(*messages);
  std::vector<pop3::Message> list;
  list.reserve(messages_.size());
  const std::string prefix = std::to_string(validity->value()) + ".";
  for (const auto& message : messages_)
    list.push_back({message.body.octets, prefix + std::to_string(message.uid.value())});
  return pop3::Maildrop(std::move(list));
}

void Pop3Role::run(pop3::Fetch& fetch, TimePoint) {
  auto octets = reader_->read(messages_[fetch.index].body, fetch.offset, fetch.count);
  if (!octets && octets.error().code == Code::not_found && find_again(fetch.index)) {
    octets = reader_->read(messages_[fetch.index].body, fetch.offset, fetch.count);
  }
  if (octets) {
    session_.content(std::move(fetch.ticket), *octets);
  } else if (octets.error().code == Code::not_found || octets.error().code == Code::sealed) {
    session_.refuse(std::move(fetch.ticket), octets.error());
  } else {
    session_.refuse(std::move(fetch.ticket), store_error(name_, octets.error()));
  }
}

/// Whether the body of a message was stored anew since the login, sealed or plain again; its content is the same.
bool Pop3Role::find_again(std::size_t index) {
  const mailbox::BlobId before = messages_[index].body.blob;
  const auto present = account_->messages(kInbox);
  if (!present) return false;
  auto now = present->begin();
  for (auto& message : messages_) {
    while (now != present->end() && now->uid < message.uid) ++now;
    if (now == present->end() || now->uid != message.uid) continue;
    // What is sealed without keys here has no exact size; what is plain now has.
    const std::uint64_t exact = now->body.capsule.empty() ? now->body.octets : message.body.octets;
    message.body = now->body;
    message.body.octets = exact;
  }
  return messages_[index].body.blob != before;
}

void Pop3Role::run(pop3::Update& update, TimePoint) {
  std::vector<imap::Uid> uids;
  uids.reserve(update.indices.size());
  for (const std::size_t index : update.indices) uids.push_back(messages_[index].uid);
  if (const auto removed = account_->remove(kInbox, uids); !removed) {
    session_.refuse(std::move(update.ticket), store_error(name_, removed.error()));
    return;
  }
  session_.done(std::move(update.ticket));
}

void Pop3Role::refuse_later(Ticket ticket, const Error& error, TimePoint now) {
  const Duration delay = login_.delay();
  if (delay <= Duration::zero()) {
    session_.refuse(std::move(ticket), error);
  } else {
    held_ = Held{std::move(ticket), error, now + delay};
  }
}

// Whatever it was, the client can only come again later.
Error Pop3Role::store_error(View account, const Error& error) {
  tell(Happening::store_failed, account, error.note);
  return environment_error(Code::unavailable, error.note);
}

void Pop3Role::tell(Happening what, View account, View detail) {
  services_.observer.happened(
      {.what = what, .protocol = "pop3", .remote = connection_.remote, .account = account, .detail = detail});
}

}  // namespace

std::unique_ptr<Conversation> make_pop3_role(const Services& services, Connection connection, Pop3Options options) {
  return std::make_unique<Pop3Role>(services, std::move(connection), std::move(options));
}

}  // namespace posthorn::roles
