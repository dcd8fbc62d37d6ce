#include "posthorn/service/roles/smtp_role.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "posthorn/protocol/smtp/server_session.h"
#include "service/roles/login.h"

namespace posthorn::roles {

namespace {

using journal::Happening;
using smtp::Said;
using smtp::Topic;

/// Content that is kept in memory before a worker takes it: one visit for a usual message, few for a big one.
constexpr std::size_t kBatch = 128U << 10U;
/// Replies that may wait before they are sent, octets.
constexpr std::size_t kFlushAt = 16U << 10U;

smtp::ServerOptions session_options(const Connection& connection, const SmtpOptions& options) {
  return {.host_name = connection.host_name,
          .lmtp = options.lmtp,
          .starttls = connection.tls == Tls::starttls,
          .mechanisms = {},
          .clear_login = connection.clear_login,
          .require_login = connection.require_login,
          .limits = options.limits};
}

/// An account of the present message that has a limit.
struct Limited {
  directory::AccountId account;
  mailbox::Quota quota;
};

/// The transaction so far.
struct Message {
  delivery::Envelope envelope;
  std::uint64_t declared = 0;  ///< octets that MAIL announced; 0: nothing
  std::vector<Limited> limited;
  std::string content;  ///< not yet taken by `transaction`
  std::unique_ptr<delivery::Transaction> transaction;
  std::optional<Error> failure;  ///< said when the message is whole
};

/// What a worker has to do.
struct Asked {
  std::optional<smtp::Mail> sender;
  std::vector<smtp::Rcpt> recipients;
  bool content = false;
  std::optional<smtp::BodyEnd> end;
  struct Exchange {
    Ticket ticket;
    std::optional<std::string> response;
  };
  std::optional<Exchange> exchange;

  [[nodiscard]] bool any() const { return sender || !recipients.empty() || content || end || exchange; }
};

/// A refusal that is held back.
struct Held {
  Ticket ticket;
  smtp::Reply reply;
  TimePoint until;
};

class SmtpRole final : public Conversation {
 public:
  SmtpRole(const Services& services, Connection connection, const SmtpOptions& options)
      : services_(services),
        connection_(std::move(connection)),
        options_(options),
        login_(services_, connection_),
        session_(session_options(connection_, options), services.clock.now()) {
    offer();
  }

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  [[nodiscard]] Wants next(TimePoint now) override;
  void work(TimePoint now) override;
  [[nodiscard]] View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override {
    return held_ ? std::optional(held_->until) : session_.deadline();
  }
  void upgraded(const TlsFacts& facts) override;
  void stop() override { session_.stop(); }
  void set_wake(std::function<void()>) override {}

 private:
  // Each answers one event; nullopt: go on with the next.
  using Next = std::optional<Wants>;
  Next on(smtp::Hello& event);
  Next on(smtp::Mail& event);
  Next on(smtp::Rcpt& event);
  Next on(smtp::Body& event);
  Next on(smtp::BodyEnd& event);
  Next on(smtp::Reset& event);
  Next on(smtp::Auth& event);
  Next on(smtp::AuthResponse& event);
  Next on(smtp::AuthCancelled& event);
  Next on(smtp::Upgrade& event);
  Next on(smtp::Etrn& event);
  Next on(smtp::Xclient& event);
  Next on(smtp::TalkedEarly&) { return std::nullopt; }
  Next on(Violation& event);
  Next on(NeedInput&) { return asked_.any() ? Wants::work : Wants::input; }
  Next on(Closed&) { return Wants::close; }

  void begin_message(smtp::Mail& event);
  void judge_sender(smtp::Mail event);
  [[nodiscard]] Result<void> may_send_as(const std::string& address);
  void resolve(std::vector<smtp::Rcpt> recipients);
  [[nodiscard]] Result<directory::Resolution> resolve_one(const std::string& address);
  [[nodiscard]] smtp::Reply refused_recipient(const Error& error) const;
  void take_content();
  void finish(smtp::BodyEnd end);
  [[nodiscard]] Result<void> has_room(const Limited& limited, std::uint64_t octets);
  void answer(smtp::BodyEnd end, const std::vector<Result<void>>& results, View id);
  void step(Asked::Exchange exchange, TimePoint now);
  void admit(Ticket ticket, std::string login);
  [[nodiscard]] delivery::Origin origin() const;
  void offer();
  void tell(Happening what, View account, View detail);

  const Services services_;
  const Connection connection_;
  const SmtpOptions options_;
  Login login_;
  smtp::ServerSession session_;
  Message message_;
  Asked asked_;
  std::optional<Held> held_;
  std::string hello_;
  std::string tls_;         // version and cipher, for Received
  std::string account_;     // the login; empty: nobody
  std::optional<std::string> proven_;  // a login whose client still has to take the server's proof
};

// --- driving ---------------------------------------------------------------------------------------------------------

Wants SmtpRole::next(TimePoint now) {
  if (held_) {
    if (now < held_->until) return Wants::pause;
    session_.reply(std::move(held_->ticket), held_->reply);
    held_.reset();
  }
  for (;;) {
    smtp::Event event = session_.next(now);
    if (const Next wants = std::visit([&](auto& e) { return on(e); }, event)) return *wants;
    if (session_.transmit().size() >= kFlushAt) return Wants::again;
  }
}

void SmtpRole::work(TimePoint now) {
  Asked asked = std::exchange(asked_, {});
  if (asked.sender) judge_sender(std::move(*asked.sender));
  if (!asked.recipients.empty()) resolve(std::move(asked.recipients));
  if (asked.content || asked.end) take_content();
  if (asked.end) finish(std::move(*asked.end));
  if (asked.exchange) step(std::move(*asked.exchange), now);
}

void SmtpRole::upgraded(const TlsFacts& facts) {
  tls_ = facts.version + " " + facts.cipher;
  account_.clear();
  login_.upgraded(facts);
  session_.upgraded(facts);
  offer();
  tell(Happening::tls_started, {}, tls_);
}

void SmtpRole::offer() {
  if (options_.offer_login || connection_.require_login) session_.offer(login_.offered());
}

void SmtpRole::tell(Happening what, View account, View detail) {
  services_.observer.happened({.what = what,
                               .protocol = options_.lmtp ? "lmtp" : "smtp",
                               .remote = connection_.remote,
                               .account = account,
                               .detail = detail});
}

SmtpRole::Next SmtpRole::on(Violation& event) {
  tell(Happening::violation, account_, event.note);
  return std::nullopt;
}

SmtpRole::Next SmtpRole::on(smtp::Hello& event) {
  hello_ = own(event.domain);
  session_.reply(std::move(event.ticket), say(Said::hello));
  return std::nullopt;
}

SmtpRole::Next SmtpRole::on(smtp::Upgrade& event) {
  session_.reply(std::move(event.ticket), say(Said::ready_for_tls));
  return Wants::upgrade;
}

// Neither is offered: no queue of ours waits for its reader, and no proxy is believed.
SmtpRole::Next SmtpRole::on(smtp::Etrn& event) {
  session_.reply(std::move(event.ticket), say(Said::queue_denied));
  return std::nullopt;
}

SmtpRole::Next SmtpRole::on(smtp::Xclient& event) {
  session_.reply(std::move(event.ticket), say(Said::proxy_denied));
  return std::nullopt;
}

SmtpRole::Next SmtpRole::on(smtp::Reset&) {
  message_ = {};
  return std::nullopt;
}

// --- sender and recipients -------------------------------------------------------------------------------------------

SmtpRole::Next SmtpRole::on(smtp::Mail& event) {
  const bool own_address = event.from.is_null() || same_word(event.from.text(), account_);
  if (!account_.empty() && options_.check_sender && !own_address) {
    asked_.sender = std::move(event);
    return Wants::work;
  }
  begin_message(event);
  return std::nullopt;
}

void SmtpRole::begin_message(smtp::Mail& event) {
  message_ = {};
  message_.envelope.sender = event.from.is_null() ? std::string() : event.from.text();
  message_.declared = event.params.size.value_or(0);
  session_.reply(std::move(event.ticket), say(Said::sender_accepted));
}

void SmtpRole::judge_sender(smtp::Mail event) {
  if (const auto allowed = may_send_as(event.from.text()); !allowed) {
    session_.reply(std::move(event.ticket), refusal(allowed.error(), Topic::sender));
    return;
  }
  begin_message(event);
}

Result<void> SmtpRole::may_send_as(const std::string& address) {
  const auto self = services_.directory.account(View(account_));
  if (!self) return fail(self.error());
  const auto resolved = services_.directory.resolve(address);
  if (!resolved) return fail(resolved.error());
  const bool leads_here = std::any_of(resolved->targets.begin(), resolved->targets.end(),
                                      [&](const auto& target) { return target.account.id == self->id; });
  if (!leads_here) return fail(peer_error(Code::denied));
  return {};
}

SmtpRole::Next SmtpRole::on(smtp::Rcpt& event) {
  asked_.recipients.push_back(std::move(event));  // those that are pipelined behind it come along
  return std::nullopt;
}

void SmtpRole::resolve(std::vector<smtp::Rcpt> recipients) {
  for (smtp::Rcpt& recipient : recipients) {
    const std::string address = recipient.to.text();
    auto resolution = resolve_one(address);
    if (!resolution) {
      tell(Happening::recipient_refused, address, name_of(resolution.error().code));
      session_.reply(std::move(recipient.ticket), refused_recipient(resolution.error()));
      continue;
    }
    message_.envelope.recipients.push_back({address, std::move(*resolution)});
    session_.reply(std::move(recipient.ticket), say(Said::recipient_accepted));
  }
}

Result<directory::Resolution> SmtpRole::resolve_one(const std::string& address) {
  auto resolution = services_.directory.resolve(address);
  if (!resolution) return resolution;
  std::vector<Limited> limited;
  for (const auto& target : resolution->targets) {
    const directory::Account& account = target.account;
    if (account.quota_octets == 0 && account.quota_messages == 0) continue;
    limited.push_back({account.id, {account.quota_octets, account.quota_messages}});
    if (auto room = has_room(limited.back(), std::max<std::uint64_t>(message_.declared, 1)); !room) return fail(room.error());
  }
  message_.limited.insert(message_.limited.end(), limited.begin(), limited.end());
  return resolution;
}

smtp::Reply SmtpRole::refused_recipient(const Error& error) const {
  if (error.code == Code::unsupported && !account_.empty()) return say(Said::no_outbound_route);
  return refusal(error, Topic::recipient);
}

Result<void> SmtpRole::has_room(const Limited& limited, std::uint64_t octets) {
  auto account = services_.accounts.open(limited.account, limited.quota);
  if (!account) return fail(account.error());
  return (*account)->room_for(octets);
}

// --- content ---------------------------------------------------------------------------------------------------------

SmtpRole::Next SmtpRole::on(smtp::Body& event) {
  if (message_.failure) return std::nullopt;
  message_.content.append(event.chunk);
  if (message_.content.size() < kBatch) return std::nullopt;
  asked_.content = true;
  return Wants::work;
}

SmtpRole::Next SmtpRole::on(smtp::BodyEnd& event) {
  asked_.end = std::move(event);
  return Wants::work;
}

void SmtpRole::take_content() {
  if (!message_.failure && !message_.transaction) {
    message_.envelope.origin = origin();
    auto begun = services_.delivery.begin(std::move(message_.envelope));
    if (begun) {
      message_.transaction = std::move(*begun);
    } else {
      message_.failure = begun.error();
    }
  }
  if (!message_.failure) {
    if (auto appended = message_.transaction->append(message_.content); !appended) message_.failure = appended.error();
  }
  message_.content.clear();
}

void SmtpRole::finish(smtp::BodyEnd end) {
  Message message = std::exchange(message_, {});
  // The one failure that hits some recipients and not others for long: found before anything is stored.
  for (const Limited& limited : message.limited) {
    if (message.failure || options_.lmtp) break;
    if (auto room = has_room(limited, end.octets); !room) message.failure = room.error();
  }
  if (message.failure) {
    tell(message.failure->blame == Blame::environment ? Happening::store_failed : Happening::message_refused, account_,
         message.failure->note);
    session_.reply(std::move(end.ticket), refusal(*message.failure, Topic::message));
    return;
  }
  const std::vector<Result<void>> results = message.transaction->finish();
  answer(std::move(end), results, message.transaction->id());
}

void SmtpRole::answer(smtp::BodyEnd end, const std::vector<Result<void>>& results, View id) {
  const auto word = [&](const Result<void>& result) {
    return result ? say(Said::message_stored, "as " + own(id)) : refusal(result.error(), Topic::message);
  };
  const auto stored = std::count_if(results.begin(), results.end(), [](const auto& r) { return r.has_value(); });
  const auto failed = std::find_if(results.begin(), results.end(), [](const auto& r) { return !r; });
  if (failed == results.end()) {
    tell(Happening::message_accepted, account_, id);
  } else {
    tell(Happening::store_failed, account_, failed->error().note);
  }
  if (options_.lmtp) {
    std::vector<smtp::Reply> replies(results.size());
    std::transform(results.begin(), results.end(), replies.begin(), word);
    session_.reply(std::move(end.ticket), replies);
    return;
  }
  if (failed == results.end()) {
    session_.reply(std::move(end.ticket), word({}));
    return;
  }
  const auto passing = std::find_if(results.begin(), results.end(),
                                    [](const auto& r) { return !r && r.error().lasting == Lasting::transient; });
  const bool may_pass = passing != results.end();
  if (may_pass && stored > 0) {
    session_.reply(std::move(end.ticket), say(Said::try_again));  // see the head of the header
  } else {
    session_.reply(std::move(end.ticket), word(may_pass ? *passing : *failed));
  }
}

delivery::Origin SmtpRole::origin() const {
  delivery::Origin origin;
  const bool hidden = options_.hide_submitter && !account_.empty();
  origin.helo = hidden ? "[submission]" : hello_;
  if (!hidden) origin.address = connection_.remote;
  // RFC 3848; RFC 6531 section 4.3.
  const View kind = options_.lmtp ? "LMTP" : session_.extended() ? "ESMTP" : "SMTP";
  origin.protocol = session_.utf8() ? (options_.lmtp ? "UTF8LMTP" : "UTF8SMTP") : own(kind);
  if (session_.extended()) {
    if (session_.state().tls) origin.protocol.push_back('S');
    if (session_.state().login) origin.protocol.push_back('A');
  }
  origin.tls = tls_;
  return origin;
}

// --- login -----------------------------------------------------------------------------------------------------------

SmtpRole::Next SmtpRole::on(smtp::Auth& event) {
  if (!login_.begin(event.mechanism)) {
    session_.reply(std::move(event.ticket), say(Said::unknown_mechanism));
    return std::nullopt;
  }
  asked_.exchange = Asked::Exchange{std::move(event.ticket), std::move(event.initial)};
  return Wants::work;
}

SmtpRole::Next SmtpRole::on(smtp::AuthResponse& event) {
  if (auto login = std::exchange(proven_, std::nullopt)) {
    if (event.response.empty()) {
      admit(std::move(event.ticket), std::move(*login));
    } else {
      session_.reply(std::move(event.ticket), say(Said::bad_argument));
    }
    return std::nullopt;
  }
  asked_.exchange = Asked::Exchange{std::move(event.ticket), std::move(event.response)};
  return Wants::work;
}

SmtpRole::Next SmtpRole::on(smtp::AuthCancelled&) {
  login_.cancel();
  proven_.reset();
  return std::nullopt;
}

void SmtpRole::admit(Ticket ticket, std::string login) {
  account_ = std::move(login);
  static_cast<void>(login_.take_admission());  // nothing is read here
  session_.reply(std::move(ticket), say(Said::logged_in));
}

void SmtpRole::step(Asked::Exchange exchange, TimePoint now) {
  const auto response = exchange.response ? std::optional<View>(*exchange.response) : std::nullopt;
  sasl::Step step = login_.step(response, now);
  if (exchange.response) wipe(exchange.response->data(), exchange.response->size());
  if (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
    session_.challenge(std::move(exchange.ticket), challenge->octets);
    return;
  }
  if (auto* success = std::get_if<sasl::Success>(&step)) {
    if (success->octets.empty()) return admit(std::move(exchange.ticket), std::move(success->login));
    // Additional data travels as a challenge that the client answers with nothing (RFC 4954 section 4).
    session_.challenge(std::move(exchange.ticket), success->octets);
    proven_ = std::move(success->login);
    return;
  }
  smtp::Reply reply = refusal(std::get<Error>(step), Topic::login);
  if (login_.delay() == Duration::zero()) {
    session_.reply(std::move(exchange.ticket), reply);
  } else {
    held_ = Held{std::move(exchange.ticket), std::move(reply), now + login_.delay()};
  }
}

}  // namespace

std::unique_ptr<Conversation> make_smtp_role(const Services& services, Connection connection, SmtpOptions options) {
  return std::make_unique<SmtpRole>(services, std::move(connection), options);
}

}  // namespace posthorn::roles
