#include "posthorn/protocol/smtp/client_session.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/grammar/mail/timestamp.h"

#include "protocol/smtp/parameters.h"

namespace posthorn::smtp {

namespace {

/// The longest AUTH line with an initial response (RFC 4954 section 4: the limit of a command line holds).
constexpr std::size_t kMaxAuthLine = 510;

bool has_control(View text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return chars::kCtl[c]; });
}

bool uses_utf8(const Outgoing& message) {
  return message.utf8 || needs_utf8(message.sender) || std::ranges::any_of(message.recipients, needs_utf8);
}

/// Best first: known here, offered there, and safe on this connection.
const sasl::MechanismSpec* choose_mechanism(const Capabilities& server, bool may_be_clear, bool bindable) {
  for (const sasl::MechanismSpec& row : sasl::mechanisms()) {
    if (row.needs_tls && !may_be_clear) continue;
    if (row.needs_channel_binding && !bindable) continue;
    if (std::find(server.mechanisms.begin(), server.mechanisms.end(), row.name) != server.mechanisms.end()) return &row;
  }
  return nullptr;
}

}  // namespace

ClientSession::ClientSession(ClientOptions options, TimePoint now)
    : options_(std::move(options)),
      reader_(options_.limits.reply_line, options_.limits.reply_lines),
      waiting_since_(now) {
  awaited_.push_back({Awaits::greeting, 0, {}});
}

void ClientSession::receive(View octets) {
  if (flags_.closed) return;
  if (flags_.upgrading) return violate("octets between STARTTLS and the handshake");
  input_.append(octets);
}

ClientEvent ClientSession::next(TimePoint now) {
  for (;;) {
    if (!events_.empty()) {
      ClientEvent event = std::move(events_.front());
      events_.pop_front();
      return event;
    }
    if (flags_.closed) return Closed{};
    if (flags_.upgrading) return NeedInput{};
    auto reply = reader_.next(input_);
    if (!reply) {
      violate(reply.error().note);
    } else if (*reply) {
      waiting_since_.reset();
      on_reply(**reply);
    } else if (flags_.input_ended) {
      lose(say(Said::connection_lost));
    } else {
      if (awaited_.empty()) {
        waiting_since_.reset();
      } else if (!waiting_since_) {
        waiting_since_ = now;
      }
      const auto limit = deadline();
      if (!limit || now < *limit) return NeedInput{};
      lose(say(Said::connection_lost));
    }
  }
}

std::optional<TimePoint> ClientSession::deadline() const {
  if (!waiting_since_ || awaited_.empty() || flags_.upgrading || flags_.closed) return std::nullopt;
  const ClientLimits& limits = options_.limits;
  if (awaited_.front().awaits == Awaits::quit) return *waiting_since_ + limits.goodbye;
  return *waiting_since_ + (awaited_.front().awaits == Awaits::content ? limits.content_end : limits.reply);
}

// --- commands and replies --------------------------------------------------------------------------------------------

void ClientSession::plan(Awaits awaits, std::string line, std::size_t recipient) {
  planned_.push_back({awaits, recipient, std::move(line)});
  write_planned();
}

/// With PIPELINING everything at once (RFC 2920), else the next command when the last one is answered.
void ClientSession::write_planned() {
  while (!planned_.empty() && (awaited_.empty() || (capabilities_.pipelining && flags_.ready))) {
    Command command = std::move(planned_.front());
    planned_.pop_front();
    output_.append(command.line);
    output_.append("\r\n");
    command.line.clear();
    if (command.awaits == Awaits::quit && options_.limits.goodbye == Duration::zero()) flags_.closed = true;
    awaited_.push_back(std::move(command));
  }
}

void ClientSession::on_reply(const ServerReply& reply) {
  const bool leaving = is_service_closing(reply.first);
  if (awaited_.empty()) {
    if (!leaving) return violate("a reply to nothing");
    return lose(reply.first);
  }
  const Command command = std::move(awaited_.front());
  awaited_.pop_front();
  // A greeting or login that ends with 421 is a refusal; anywhere else it ends what is under way.
  if (leaving && flags_.ready && command.awaits != Awaits::quit) return lose(reply.first);
  handle(command, reply);
  if (!flags_.closed) write_planned();
}

void ClientSession::handle(const Command& command, const ServerReply& reply) {
  const bool may_ask_for_more = command.awaits == Awaits::data || command.awaits == Awaits::login;
  if (reply.first.intermediate() && !may_ask_for_more)
    return violate("a reply that asks for more, and there is no more");
  switch (command.awaits) {
    case Awaits::greeting: return on_greeting(reply.first);
    case Awaits::hello: return on_hello(reply);
    case Awaits::old_hello: return on_old_hello(reply.first);
    case Awaits::starttls: return on_starttls(reply.first);
    case Awaits::login: return on_login(reply.first);
    case Awaits::mail: return on_mail(reply.first);
    case Awaits::rcpt: return on_rcpt(command.recipient, reply.first);
    case Awaits::data: return on_data(reply.first);
    case Awaits::chunk:
      if (!reply.first.positive() && transaction_ && !transaction_->failure) transaction_->failure = reply.first;
      return;
    case Awaits::content: return on_content(reply.first);
    case Awaits::rset:
      if (transaction_ && transaction_->given_up) finish_transaction();
      return;
    case Awaits::quit: flags_.closed = true; return;
  }
}

void ClientSession::refuse(Refused::Stage stage, const Reply& reply) {
  events_.push_back(Refused{stage, reply});
  planned_.clear();
  awaited_.clear();
  output_.append("QUIT\r\n");  // politeness: nobody waits for the answer
  flags_.closed = true;
}

void ClientSession::violate(View note) {
  lose(say(Said::connection_lost));
  events_.push_back(Violation{own(note)});
}

/// The connection is of no use any more: every recipient without an answer gets `why`.
void ClientSession::lose(const Reply& why) {
  flags_.closed = true;
  if (transaction_) {
    if (!transaction_->failure) transaction_->failure = why;
    finish_transaction();
  }
  planned_.clear();
  awaited_.clear();
  input_.clear();
}

// --- up to Ready -----------------------------------------------------------------------------------------------------

void ClientSession::on_greeting(const Reply& reply) {
  if (!reply.positive()) return refuse(Refused::Stage::greeting, reply);
  say_hello();
}

void ClientSession::say_hello() {
  capabilities_ = {};
  plan(Awaits::hello, (options_.lmtp ? "LHLO " : "EHLO ") + options_.host_name);
}

void ClientSession::on_hello(const ServerReply& reply) {
  if (reply.first.positive()) {
    capabilities_ = read_capabilities(reply.others);
    capabilities_.require_tls = capabilities_.require_tls && flags_.tls;  // RFC 8689 section 2: said under TLS only
    return after_hello();
  }
  const bool old_server = !options_.lmtp && !reply.first.transient();
  if (!old_server) return refuse(Refused::Stage::hello, reply.first);
  plan(Awaits::old_hello, "HELO " + options_.host_name);
}

void ClientSession::on_old_hello(const Reply& reply) {
  if (!reply.positive()) return refuse(Refused::Stage::hello, reply);
  after_hello();
}

void ClientSession::after_hello() {
  if (!flags_.tls && options_.tls != TlsPolicy::none) {
    if (capabilities_.starttls) return plan(Awaits::starttls, "STARTTLS");
    if (options_.tls == TlsPolicy::required) return refuse(Refused::Stage::tls, say(Said::tls_unavailable));
  }
  if (options_.login) return begin_login();
  become_ready();
}

void ClientSession::on_starttls(const Reply& reply) {
  if (!reply.positive()) {
    if (options_.tls == TlsPolicy::required) return refuse(Refused::Stage::tls, reply);
    options_.tls = TlsPolicy::none;
    return after_hello();
  }
  // Whoever can add octets here wants them read as if they came by TLS.
  if (!input_.empty() || reader_.in_reply()) return violate("octets behind the answer to STARTTLS");
  flags_.upgrading = true;
  events_.push_back(StartTls{});
}

void ClientSession::upgraded(const TlsFacts& facts) {
  binding_ = facts.exporter;
  flags_.tls = true;
  if (!std::exchange(flags_.upgrading, false) || flags_.closed) return;  // implicit TLS: the greeting is to come
  input_.clear();
  say_hello();
}

void ClientSession::begin_login() {
  const sasl::MechanismSpec* row =
      choose_mechanism(capabilities_, flags_.tls || options_.clear_login, flags_.tls && !binding_.empty());
  if (row == nullptr) return refuse(Refused::Stage::login, say(Said::unknown_mechanism));
  sasl::ClientOptions login = *options_.login;
  login.channel_binding = binding_;
  exchange_ = row->use(std::move(login));
  std::string line = "AUTH " + own(row->name);
  if (!row->server_first) {
    auto initial = exchange_->respond({});
    if (!initial) return refuse(Refused::Stage::login, refusal(initial.error(), Topic::login));
    const std::string text = initial->empty() ? "=" : codec::base64_encode(*initial);
    if (line.size() + 1 + text.size() <= kMaxAuthLine) {
      line += " " + text;
    } else {
      planned_.push_back({Awaits::login, 0, text});  // goes out after the empty challenge
    }
  }
  awaited_.push_back({Awaits::login, 0, {}});
  output_.append(line);
  output_.append("\r\n");
}

void ClientSession::on_login(const Reply& reply) {
  if (!is_challenge(reply)) {
    planned_.clear();
    if (!reply.positive()) return refuse(Refused::Stage::login, reply);
    if (!exchange_ || !exchange_->server_verified())
      return violate("the server did not prove that it knows the password");
    exchange_.reset();
    return become_ready();
  }
  if (!exchange_) return violate("a challenge after the exchange was given up");
  if (!planned_.empty()) return;  // the long initial response
  const auto challenge = codec::base64_decode(reply.text);
  auto response = challenge ? exchange_->respond(*challenge) : Result<std::string>(fail(peer_error(Code::syntax)));
  if (!response) exchange_.reset();
  plan(Awaits::login, response ? codec::base64_encode(*response) : "*");
}

void ClientSession::become_ready() {
  options_.login.reset();
  flags_.ready = true;
  events_.push_back(Ready{capabilities_});
}

// --- a transaction ---------------------------------------------------------------------------------------------------

void ClientSession::send(Outgoing message) {
  assert(flags_.ready && !transaction_);
  if (transaction_) return;
  const auto refused = refused_here(message);
  transaction_.emplace();
  transaction_->outcomes.resize(message.recipients.size());
  transaction_->message = std::move(message);
  if (refused || flags_.closed || flags_.quitting || transaction_->message.recipients.empty()) {
    transaction_->failure = refused ? *refused : say(Said::connection_lost);
    return finish_transaction();
  }
  plan_transaction();
}

/// Why a message must not be tried with this server.
std::optional<Reply> ClientSession::refused_here(const Outgoing& message) const {
  const auto& all = message.recipients;
  if (has_control(message.sender.text()) ||
      std::any_of(all.begin(), all.end(), [](const auto& r) { return has_control(r.text()); })) {
    return say(Said::bad_recipient);
  }
  if (uses_utf8(message) && !capabilities_.utf8) return say(Said::utf8_not_announced);
  if (message.require_tls && !capabilities_.require_tls) return say(Said::require_tls_unavailable);
  if (message.deliver_by && message.deliver_by->returns) {
    if (!capabilities_.deliver_by) return say(Said::extension_missing);
    if (message.deliver_by->seconds <= 0) return say(Said::bad_argument);
  }
  const auto holds = static_cast<std::chrono::seconds::rep>(capabilities_.future_release.value_or(0));
  if (message.hold && message.hold->interval.count() > holds) return say(Said::extension_missing);
  const bool chunks = options_.chunking && capabilities_.chunking && capabilities_.pipelining && !options_.lmtp;
  if (message.binary && !(chunks && capabilities_.binary)) return say(Said::conversion_needed);
  if (message.eight_bit && !capabilities_.eight_bit) return say(Said::conversion_needed);
  if (message.octets && capabilities_.size && *message.octets > *capabilities_.size) return say(Said::message_too_big);
  return std::nullopt;
}

std::string ClientSession::mail_line() const {
  const Outgoing& message = transaction_->message;
  std::string line = "MAIL FROM:<" + (message.sender.is_null() ? std::string() : message.sender.text()) + ">";
  const auto add = [&](View name, View value) { line.append(" ").append(name).append(value); };
  if (message.octets && capabilities_.announces_size) add("SIZE=", std::to_string(*message.octets));
  if (message.binary) {
    add("BODY=", "BINARYMIME");
  } else if (message.eight_bit) {
    add("BODY=", "8BITMIME");
  }
  if (uses_utf8(message)) add("SMTPUTF8", "");
  if (message.require_tls) add("REQUIRETLS", "");
  const bool returns = capabilities_.dsn && message.ret != Return::unspecified;
  if (returns) add("RET=", message.ret == Return::full ? "FULL" : "HDRS");
  const auto id = format_envelope_id(message.envelope_id);
  if (capabilities_.dsn && id) add("ENVID=", *id);
  if (capabilities_.priority && message.priority) add("MT-PRIORITY=", std::to_string(*message.priority));
  if (capabilities_.deliver_by && message.deliver_by) add("BY=", format_deliver_by(*message.deliver_by));
  if (message.hold && message.hold->until) {
    add("HOLDUNTIL=", mail::format_timestamp(*message.hold->until));
  } else if (message.hold && message.hold->interval.count() > 0) {
    add("HOLDFOR=", std::to_string(message.hold->interval.count()));
  }
  return line;
}

std::string ClientSession::rcpt_line(std::size_t recipient) const {
  const Outgoing& message = transaction_->message;
  std::string line = "RCPT TO:<" + message.recipients[recipient].text() + ">";
  if (!capabilities_.dsn || recipient >= message.wishes.size()) return line;
  const RcptParams& wishes = message.wishes[recipient];
  const std::string notify = format_notify(wishes.notify);
  if (!notify.empty()) line += " NOTIFY=" + notify;
  if (wishes.original) {
    // One that grew too long on the way here is left out: it is not needed for the delivery.
    if (const auto original = mail::format_orcpt(*wishes.original, uses_utf8(message))) line += " ORCPT=" + *original;
  }
  return line;
}

void ClientSession::plan_transaction() {
  plan(Awaits::mail, mail_line());
  for (std::size_t i = 0; i < transaction_->message.recipients.size(); ++i) plan(Awaits::rcpt, rcpt_line(i), i);
}

void ClientSession::on_mail(const Reply& reply) {
  if (reply.positive()) return;
  transaction_->failure = reply;
  planned_.clear();
  if (awaited_.empty()) finish_transaction();
}

void ClientSession::on_rcpt(std::size_t recipient, const Reply& reply) {
  if (!transaction_->failure) {
    events_.push_back(RecipientResult{recipient, reply});
    if (reply.positive() && !transaction_->message.verify_only) {
      transaction_->accepted.push_back(recipient);
    } else {
      transaction_->outcomes[recipient] = reply;
    }
  }
  if (!awaited_.empty() || !planned_.empty()) return;
  if (transaction_->failure) return finish_transaction();
  if (!transaction_->accepted.empty()) return begin_content();
  plan(Awaits::rset, "RSET");
  finish_transaction();
}

void ClientSession::begin_content() {
  transaction_->chunked = options_.chunking && capabilities_.chunking && capabilities_.pipelining && !options_.lmtp;
  if (!transaction_->chunked) return plan(Awaits::data, "DATA");
  transaction_->wants_content = true;
  events_.push_back(WantContent{});
}

void ClientSession::on_data(const Reply& reply) {
  if (is_start_of_content(reply)) {
    transaction_->wants_content = true;
    events_.push_back(WantContent{});
    return;
  }
  if (reply.positive()) return violate("a strange answer to DATA");
  transaction_->failure = reply;
  plan(Awaits::rset, "RSET");
  finish_transaction();
}

void ClientSession::content(View chunk) {
  if (!transaction_ || !transaction_->wants_content) return;  // lost meanwhile
  if (!transaction_->chunked) return transaction_->dot.encode(chunk, output_);
  if (transaction_->failure) return;
  Buffer text;
  if (transaction_->message.binary) {
    text.append(chunk);
  } else {
    transaction_->text.write(chunk, text);
  }
  if (text.empty()) return;
  output_.append("BDAT " + std::to_string(text.size()) + "\r\n");
  output_.append(text.view());
  awaited_.push_back({Awaits::chunk, 0, {}});
}

void ClientSession::content_end() {
  if (!transaction_ || !transaction_->wants_content) return;
  transaction_->wants_content = false;
  if (!transaction_->chunked) {
    transaction_->dot.finish(output_);
  } else if (transaction_->failure) {
    // Not over before the answers to all chunks are in: they must not be taken for answers to the next message.
    transaction_->given_up = true;
    return plan(Awaits::rset, "RSET");
  } else {
    output_.append("BDAT 0 LAST\r\n");
  }
  transaction_->answers = 0;
  for (std::size_t i = options_.lmtp ? transaction_->accepted.size() : 1; i > 0; --i) {
    awaited_.push_back({Awaits::content, 0, {}});
  }
}

void ClientSession::on_content(const Reply& reply) {
  Transaction& t = *transaction_;
  if (options_.lmtp) {
    t.outcomes[t.accepted[t.answers++]] = reply;
    if (t.answers < t.accepted.size()) return;
  } else {
    // The answer to a chunk says more than the one to what came behind it.
    const Reply& said = t.failure ? *t.failure : reply;
    for (std::size_t i : t.accepted) t.outcomes[i] = said;
  }
  finish_transaction();
}

void ClientSession::finish_transaction() {
  Finished finished;
  for (auto& outcome : transaction_->outcomes) {
    finished.outcomes.push_back(outcome ? std::move(*outcome)
                                        : transaction_->failure.value_or(say(Said::connection_lost)));
  }
  finished.dsn = capabilities_.dsn;
  transaction_.reset();
  events_.push_back(std::move(finished));
  if (flags_.quitting && !flags_.closed) plan(Awaits::quit, "QUIT");
}

void ClientSession::quit() {
  if (flags_.closed || std::exchange(flags_.quitting, true) || transaction_) return;
  plan(Awaits::quit, "QUIT");
}

}  // namespace posthorn::smtp
