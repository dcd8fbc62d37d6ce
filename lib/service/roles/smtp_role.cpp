#include <algorithm>

#include "posthorn/grammar/ip_address.h"
#include "posthorn/grammar/mail/domain.h"

#include "service/roles/smtp_session.h"

namespace posthorn::roles {

using journal::Happening;
using smtp::Said;
using smtp::Topic;

namespace {

/// Replies that may wait before they are sent, octets.
constexpr std::size_t kFlushAt = 16U << 10U;

bool is_among(View address, const std::vector<IpNetwork>& networks) {
  const auto parsed = IpAddress::parse(address);
  return parsed &&
         std::any_of(networks.begin(), networks.end(), [&](const IpNetwork& n) { return n.contains(*parsed); });
}

smtp::ServerOptions session_options(const Connection& connection, const SmtpOptions& options, WallTime now) {
  smtp::ServerOptions session{.host_name = connection.host_name,
                              .lmtp = options.lmtp,
                              .starttls = connection.tls == Tls::starttls,
                              .mechanisms = {},
                              .clear_login = connection.clear_login,
                              .require_login = connection.require_login,
                              .limits = options.limits};
  session.offers = options.offers;
  session.offers.xclient = is_among(connection.remote, options.xclient_from);
  session.greet_delay = options.greet_delay;
  session.refuse_early = options.refuse_early;
  session.strict_pipelining = options.strict_pipelining;
  session.wall = now;
  return session;
}

}  // namespace

SmtpRole::SmtpRole(const Services& services, Connection connection, const SmtpOptions& options)
    : services_(services),
      connection_(std::move(connection)),
      options_(options),
      login_(services_, connection_),
      session_(session_options(connection_, options, services.clock.wall()), services.clock.now()),
      checks_(options.checks) {
  if (!checks_.connected(connection_.remote, services.clock.now())) session_.stop();
  offer();
}

std::optional<TimePoint> SmtpRole::deadline() const {
  if (waiting_) return judged_ ? std::optional(message_.judge->deadline()) : checks_.deadline();
  return held_ ? std::optional(held_->until) : session_.deadline();
}

SmtpRole::Next SmtpRole::on(NeedInput&) {
  if (!asked_.any()) return Wants::input;
  waiting_ = account_.empty() && !asked_.recipients.empty() && !checks_.ready(services_.clock.now());
  return waiting_ ? Wants::pause : Wants::work;
}

// --- driving ---------------------------------------------------------------------------------------------------------

Wants SmtpRole::next(TimePoint now) {
  if (held_) {
    if (now < held_->until) return Wants::pause;
    session_.reply(std::move(held_->ticket), held_->reply);
    held_.reset();
  }
  if (waiting_) {
    if (!may_go_on(now)) return Wants::pause;
    waiting_ = false;
    return Wants::work;
  }
  for (;;) {
    smtp::Event event = session_.next(now);
    if (const Next wants = std::visit([&](auto& e) { return on(e); }, event)) return *wants;
    if (session_.transmit().size() >= kFlushAt) return Wants::again;
  }
}

void SmtpRole::work(TimePoint now) {
  SmtpAsked asked = std::exchange(asked_, {});
  if (asked.sender) judge_sender(std::move(*asked.sender));
  if (!asked.recipients.empty()) resolve(std::move(asked.recipients));
  if (asked.content || asked.end) take_content();
  if (auto end = std::exchange(judged_, std::nullopt)) finish(std::move(*end));
  if (asked.end) judge(std::move(*asked.end));
  if (asked.flush) flush(std::move(*asked.flush));
  if (asked.exchange) step(std::move(*asked.exchange), now);
}

bool SmtpRole::may_go_on(TimePoint now) { return judged_ ? message_.judge->ready(now) : checks_.ready(now); }

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

SmtpRole::Next SmtpRole::on(smtp::TalkedEarly&) {
  tell(Happening::violation, account_, "talked before the greeting");
  return std::nullopt;
}

SmtpRole::Next SmtpRole::on(smtp::Etrn& event) {
  asked_.flush = SmtpAsked::Flush{std::move(event.ticket), own(event.node)};
  return Wants::work;
}

// From now on the session is that of the client behind the proxy.
SmtpRole::Next SmtpRole::on(smtp::Xclient& event) {
  if (event.client.address) connection_.remote = event.client.address->text();
  if (!checks_.connected(connection_.remote, services_.clock.now())) session_.stop();
  hello_ = event.client.hello.value_or("");
  account_ = event.client.login.value_or("");
  session_.reply(std::move(event.ticket), say(Said::greeting));
  return std::nullopt;
}

// RFC 1985 section 5.2: "@" stands for a domain with what is below it, which is one name of the queue here.
void SmtpRole::flush(SmtpAsked::Flush request) {
  if (!checks_.asks(services_.clock.now())) {
    session_.reply(std::move(request.ticket), say(Said::queue_busy));
    return;
  }
  View node = request.node;
  if (node.starts_with('@')) node.remove_prefix(1);
  const Result<std::string> domain = mail::ascii_domain(node);
  directory::Backups* backups = services_.directory.backups();
  if (!domain || backups == nullptr || !backups->backup(*domain) || !services_.flush) {
    session_.reply(std::move(request.ticket), say(Said::queue_denied));
    return;
  }
  const Result<void> asked = services_.flush(*domain);
  const bool ordered = asked || asked.error().code == Code::exists;  // by somebody, just now
  session_.reply(std::move(request.ticket), say(ordered ? Said::queue_started : Said::queue_unavailable));
}

SmtpRole::Next SmtpRole::on(smtp::Reset&) {
  message_ = {};
  return std::nullopt;
}

// --- login -----------------------------------------------------------------------------------------------------------

SmtpRole::Next SmtpRole::on(smtp::Auth& event) {
  if (!login_.begin(event.mechanism)) {
    session_.reply(std::move(event.ticket), say(Said::unknown_mechanism));
    return std::nullopt;
  }
  asked_.exchange = SmtpAsked::Exchange{std::move(event.ticket), std::move(event.initial)};
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
  asked_.exchange = SmtpAsked::Exchange{std::move(event.ticket), std::move(event.response)};
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

void SmtpRole::step(SmtpAsked::Exchange exchange, TimePoint now) {
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

std::unique_ptr<Conversation> make_smtp_role(const Services& services, Connection connection, SmtpOptions options) {
  return std::make_unique<SmtpRole>(services, std::move(connection), options);
}

}  // namespace posthorn::roles
