#include "posthorn/service/roles/managesieve_role.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "posthorn/protocol/managesieve/server_session.h"

#include "service/roles/login.h"

namespace posthorn::roles {

namespace {

using journal::Happening;

managesieve::ServerOptions session_options(const Connection& connection, const ManageSieveOptions& options) {
  managesieve::ServerOptions result;
  result.host_name = connection.host_name;
  result.starttls = connection.tls == Tls::starttls;
  result.clear_login = connection.clear_login;
  result.implementation = options.implementation;
  result.extensions = options.extensions;
  result.max_redirects = options.max_redirects;
  result.notify = options.notify;
  result.limits = options.limits;
  return result;
}

class ManageSieveRole final : public Conversation {
 public:
  ManageSieveRole(const Services& services, Connection connection, ManageSieveOptions options)
      : services_(services),
        connection_(std::move(connection)),
        login_(services_, connection_),
        open_(std::move(options.open)),
        session_(session_options(connection_, options), services.clock.now()) {
    session_.offer(login_.offered());
  }
  ManageSieveRole(const ManageSieveRole&) = delete;
  ManageSieveRole& operator=(const ManageSieveRole&) = delete;
  ~ManageSieveRole() override = default;

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
  void set_wake(std::function<void()>) override {}  // ManageSieve tells nothing that was not asked for

 private:
  /// A refusal that is held back: guessing passwords gets slow.
  struct Held {
    Ticket ticket;
    Error error;
    TimePoint until;
  };

  Wants hear(NeedInput&) { return upgrading_ ? Wants::upgrade : Wants::input; }
  Wants hear(managesieve::Drain&) { return Wants::again; }
  Wants hear(managesieve::AuthCancelled&);
  Wants hear(managesieve::Forgotten&);
  Wants hear(managesieve::Upgrade& upgrade);
  Wants hear(Violation& violation);
  Wants hear(Closed&) { return Wants::close; }
  template <class Blocking>
  Wants hear(Blocking&) {
    return Wants::work;
  }

  void run(managesieve::Auth& auth, TimePoint now);
  void run(managesieve::AuthResponse& response, TimePoint now);
  void run(managesieve::Work&, TimePoint) { session_.work(); }
  template <class Quick>
  void run(Quick&, TimePoint) {}

  void take(Ticket ticket, const sasl::Step& step, TimePoint now);
  void open(Ticket ticket, const sasl::Success& success);
  Result<void> open_scripts(View login);
  void refuse_later(Ticket ticket, const Error& error, TimePoint now);
  void tell(Happening what, View detail);

  const Services services_;
  const Connection connection_;
  Login login_;
  decltype(ManageSieveOptions::open) open_;
  std::unique_ptr<managesieve::Scripts> scripts_;  // null: nobody is logged in
  managesieve::ServerSession session_;
  std::optional<managesieve::Event> pending_;  // waits for work()
  std::optional<Held> held_;
  std::string name_;  // of who is logged in
  bool upgrading_ = false;
};

Wants ManageSieveRole::next(TimePoint now) {
  if (held_) {
    if (now < held_->until) return Wants::pause;
    session_.refuse(std::move(held_->ticket), held_->error);
    held_.reset();
    return Wants::again;
  }
  if (pending_) return Wants::work;
  managesieve::Event event = session_.next(now);
  const Wants wants = std::visit([this](auto& e) { return hear(e); }, event);
  if (wants == Wants::work) pending_ = std::move(event);
  return wants;
}

// Answers pipelined commands in one visit, until the session wants its output drained.
void ManageSieveRole::work(TimePoint now) {
  do {
    if (!pending_) return;
    managesieve::Event event = std::move(*pending_);
    pending_.reset();
    std::visit([&](auto& e) { run(e, now); }, event);
  } while (!held_ && next(now) == Wants::work);
}

Wants ManageSieveRole::hear(managesieve::AuthCancelled&) {
  login_.cancel();
  return Wants::again;
}

Wants ManageSieveRole::hear(managesieve::Forgotten&) {
  scripts_.reset();
  name_.clear();
  return Wants::again;
}

Wants ManageSieveRole::hear(managesieve::Upgrade& upgrade) {
  session_.done(std::move(upgrade.ticket));
  upgrading_ = true;
  return Wants::upgrade;
}

Wants ManageSieveRole::hear(Violation& violation) {
  tell(Happening::violation, violation.note);
  return Wants::again;
}

void ManageSieveRole::upgraded(const TlsFacts& facts) {
  upgrading_ = false;
  login_.upgraded(facts);
  session_.upgraded(facts);
  session_.offer(login_.offered());
  tell(Happening::tls_started, facts.version);
}

void ManageSieveRole::run(managesieve::Auth& auth, TimePoint now) {
  if (!login_.begin(auth.mechanism)) {
    session_.refuse(std::move(auth.ticket), peer_error(Code::unsupported));
    return;
  }
  std::optional<View> initial;
  if (auth.initial) initial = *auth.initial;
  take(std::move(auth.ticket), login_.step(initial, now), now);
}

void ManageSieveRole::run(managesieve::AuthResponse& response, TimePoint now) {
  take(std::move(response.ticket), login_.step(View(response.response), now), now);
}

void ManageSieveRole::take(Ticket ticket, const sasl::Step& step, TimePoint now) {
  if (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
    session_.challenge(std::move(ticket), challenge->octets);
  } else if (const auto* error = std::get_if<Error>(&step)) {
    refuse_later(std::move(ticket), *error, now);
  } else {
    open(std::move(ticket), std::get<sasl::Success>(step));
  }
}

void ManageSieveRole::open(Ticket ticket, const sasl::Success& success) {
  (void)login_.take_admission();  // its keys are for mail
  name_ = success.login;
  if (const auto opened = open_scripts(name_); !opened) {
    tell(Happening::store_failed, opened.error().note);
    name_.clear();
    session_.refuse(std::move(ticket), environment_error(Code::unavailable, opened.error().note));
    return;
  }
  session_.open(std::move(ticket), name_, *scripts_, success.octets);
}

Result<void> ManageSieveRole::open_scripts(View login) {
  const auto known = services_.directory.account(login);
  if (!known) return fail(known.error());
  auto opened = open_(known->id);
  if (!opened) return fail(opened.error());
  scripts_ = std::move(*opened);
  return {};
}

void ManageSieveRole::refuse_later(Ticket ticket, const Error& error, TimePoint now) {
  const Duration delay = login_.delay();
  if (delay <= Duration::zero()) {
    session_.refuse(std::move(ticket), error);
  } else {
    held_ = Held{std::move(ticket), error, now + delay};
  }
}

void ManageSieveRole::tell(Happening what, View detail) {
  services_.observer.happened(
      {.what = what, .protocol = "managesieve", .remote = connection_.remote, .account = name_, .detail = detail});
}

}  // namespace

std::unique_ptr<Conversation> make_managesieve_role(const Services& services, Connection connection,
                                                    ManageSieveOptions options) {
  return std::make_unique<ManageSieveRole>(services, std::move(connection), std::move(options));
}

}  // namespace posthorn::roles
