#include "posthorn/protocol/managesieve/server_session.h"

#include <algorithm>
#include <cassert>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/protocol/managesieve/arguments.h"

#include "protocol/managesieve/commands/capability.h"
#include "protocol/managesieve/replies.h"

namespace posthorn::managesieve {

namespace {

template <class... F>
struct Visitor : F... {
  using F::operator()...;
};

Reply wrong_state(State state) { return state == State::authenticated ? kLoggedInAlready : kLogInFirst; }

}  // namespace

ServerSession::ServerSession(ServerOptions options, TimePoint now, std::span<const CommandSpec> commands)
    : options_(std::move(options)),
      commands_(commands),
      reader_(MessageReader::Peer::client, options_.limits.line, options_.limits.skip),
      times_{now, now} {}

void ServerSession::receive(View octets) {
  // What comes before the handshake is nobody's: it must not be read as if it had come through TLS.
  if (mode_ != Mode::upgrade && state_ != State::closed) in_.append(octets);
}

void ServerSession::greet() {
  mode_ = Mode::commands;
  out_.append(commands::capability_::lines(facts()));
  say("OK", {}, options_.host_name + " ManageSieve server ready");
}

Event ServerSession::next(TimePoint now) {
  if (!broken_.empty()) return Violation{std::exchange(broken_, {})};
  if (state_ == State::closed) return Closed{};
  if (owes()) return NeedInput{};
  if (mode_ == Mode::greeting) greet();
  if (task_) return Work{};
  if (auto event = step(now)) return std::move(*event);
  if (owes()) return NeedInput{};
  if (state_ != State::closed && flags_.stopping) bye(kByeStop);
  if (state_ != State::closed && flags_.ended) change(Change::left);
  if (const auto until = deadline(); until && now >= *until) bye(kByeIdle);
  if (!broken_.empty()) return Violation{std::exchange(broken_, {})};
  if (state_ == State::closed) return Closed{};
  in_.release();
  return NeedInput{};
}

std::optional<Event> ServerSession::step(TimePoint now) {
  using Status = MessageReader::Status;
  while (state_ != State::closed && mode_ != Mode::upgrade && !owes() && !flags_.stopping) {
    if (out_.size() >= options_.limits.output) return Drain{};
    std::optional<Event> event;
    switch (reader_.next(in_)) {
      case Status::need_input: return std::nullopt;
      case Status::announced: take_announced(); break;
      case Status::lost: bye(kByeLiteral, "a literal that cannot be skipped"); break;
      case Status::refused: event = take_refused(); break;
      case Status::message: event = take_message(now); break;
    }
    if (event) return event;
  }
  return std::nullopt;
}

void ServerSession::take_announced() {
  objection_ = objection();
  if (!objection_) {
    reader_.accept();
  } else if (!reader_.refuse()) {
    bye(kByeLiteral, "a literal that cannot be skipped");
  }
}

// What speaks against taking the literal that is announced.
std::optional<Reply> ServerSession::objection() const {
  const Limits& limits = options_.limits;
  const std::uint64_t octets = reader_.announced();
  std::uint64_t most = limits.string;
  Reply too_long = kStringTooLong;
  if (mode_ == Mode::commands) {
    Cursor cursor(reader_.text());
    const CommandSpec* row = find_command(commands_, cursor.try_run(chars::kAlnum));
    if (row == nullptr) return kUnknownCommand;
    if (!row->states.has(state_)) return wrong_state(state_);
    most = limits.*(row->literal);
    if (row->literal == &Limits::script) too_long = kScriptTooLong;
  }
  // A command with several literals has one long one.
  if (octets > most || reader_.text().size() + octets > most + limits.string + limits.line) return too_long;
  return std::nullopt;
}

std::optional<Event> ServerSession::take_refused() {
  using Fault = MessageReader::Fault;
  const Fault why = reader_.fault();
  reader_.reset();
  const auto objected = std::exchange(objection_, std::nullopt);
  const Reply reply = why == Fault::line_too_long ? kLineTooLong
                      : why == Fault::bare_line   ? kBareLine
                      : objected                  ? *objected
                                                  : kWrongLiteral;
  if (mode_ == Mode::auth_response) return cancel(reply, true);
  if (reply.code.empty()) {
    fault(reply);
  } else {
    say(reply);
  }
  return std::nullopt;
}

std::optional<Event> ServerSession::take_message(TimePoint now) {
  times_.active = now;
  auto event = mode_ == Mode::auth_response ? read_response() : read_command(now);
  reader_.reset();
  return event;
}

std::optional<Event> ServerSession::read_command(TimePoint now) {
  Cursor cursor(reader_.text());
  const CommandSpec* row = find_command(commands_, cursor.try_run(chars::kAlnum));
  if (row == nullptr) {
    fault(kUnknownCommand);
  } else if (!row->states.has(state_)) {
    fault(wrong_state(state_));
  } else {
    return begin(row->run(cursor, facts()), now);
  }
  return std::nullopt;
}

std::optional<Event> ServerSession::begin(Deed deed, TimePoint now) {
  using Answered = std::optional<Event>;
  return std::visit(Visitor{
                        [&](Ok& ok) -> Answered {
                          answer(std::move(ok));
                          return std::nullopt;
                        },
                        [&](Reply& reply) -> Answered {
                          say(reply);
                          return std::nullopt;
                        },
                        [&](Error& error) -> Answered {
                          fault(refusal(error.code, error.lasting));
                          return std::nullopt;
                        },
                        [&](Task& task) -> Answered {
                          task_ = std::move(task);
                          return Work{};
                        },
                        [&](AskAuth& ask) -> Answered {
                          return Auth{owe(Owed::Kind::auth), std::move(ask.mechanism), std::move(ask.initial)};
                        },
                        [&](AskUpgrade&) -> Answered { return Upgrade{owe(Owed::Kind::upgrade)}; },
                        [&](Forget&) -> Answered {
                          scripts_ = nullptr;
                          owner_.clear();
                          times_.stranger_since = now;
                          change(Change::forgotten);
                          say("OK", {}, "Nobody is logged in");
                          return Forgotten{};
                        },
                        [&](Leave&) -> Answered {
                          say("OK", {}, "Goodbye");
                          change(Change::left);
                          return std::nullopt;
                        },
                    },
                    deed);
}

void ServerSession::work() {
  if (!task_ || scripts_ == nullptr) return;
  answer((*task_)(*scripts_));
  task_.reset();
}

void ServerSession::answer(const Answer& answer) {
  if (const auto* ok = std::get_if<Ok>(&answer)) {
    out_.append(ok->data);
    say("OK", ok->code, ok->text);
  } else if (const auto* error = std::get_if<Error>(&answer)) {
    say(refusal(error->code, error->lasting));
  } else {
    const Verdict& verdict = std::get<Checked>(answer).verdict;
    const std::size_t most = options_.limits.diagnostics;
    if (!verdict.errors.empty()) {
      say("NO", {}, remarks_text(verdict.errors, most));
    } else if (!verdict.warnings.empty()) {
      say("OK", "WARNINGS", remarks_text(verdict.warnings, most));
    } else {
      say("OK", {}, "The script is good");
    }
  }
}

std::optional<Event> ServerSession::read_response() {
  Cursor cursor(reader_.text());
  std::string text;
  if (!string(cursor, text) || !cursor.end()) return cancel(kNotBase64, true);
  if (text == "*") return cancel(kCancelled, false);
  auto response = codec::base64_decode(text);
  if (!response) return cancel(kNotBase64, true);
  mode_ = Mode::commands;
  reader_.set_line_limit(options_.limits.line);
  return AuthResponse{owe(Owed::Kind::auth), std::move(*response)};
}

std::optional<Event> ServerSession::cancel(const Reply& reply, bool by_fault) {
  mode_ = Mode::commands;
  reader_.set_line_limit(options_.limits.line);
  if (by_fault) {
    fault(reply);
  } else {
    say(reply);
  }
  return AuthCancelled{};
}

void ServerSession::open(Ticket ticket, View owner, Scripts& scripts, View data, View notice) {
  if (settle(ticket) != Owed::Kind::auth) return;
  scripts_ = &scripts;
  owner_ = owner;
  counts_.errors = 0;
  change(Change::logged_in);
  const std::string code = data.empty() ? std::string() : "SASL " + server_string(codec::base64_encode(data));
  say("OK", code, notice.empty() ? View("Logged in") : notice);
}

void ServerSession::challenge(Ticket ticket, View octets) {
  if (settle(ticket) != Owed::Kind::auth) return;
  mode_ = Mode::auth_response;
  // A response is one string, which may be quoted however long it is.
  reader_.set_line_limit(std::max<std::size_t>(options_.limits.line, options_.limits.string));
  out_.append(server_string(codec::base64_encode(octets)));
  out_.append("\r\n");
}

void ServerSession::refer(Ticket ticket, View url) {
  if (settle(ticket) != Owed::Kind::auth) return;
  say("BYE", "REFERRAL " + server_string(url), "The scripts are on another server");
  change(Change::left);
}

void ServerSession::done(Ticket ticket) {
  if (settle(ticket) != Owed::Kind::upgrade) return;
  say("OK", {}, "Begin TLS");
  in_.clear();
  reader_ = MessageReader(MessageReader::Peer::client, options_.limits.line, options_.limits.skip);
  mode_ = Mode::upgrade;
}

void ServerSession::refuse(Ticket ticket, const Error& error) {
  const Owed::Kind kind = settle(ticket);
  if (kind == Owed::Kind::nothing) return;
  if (kind == Owed::Kind::auth && ++counts_.logins >= options_.limits.logins) {
    bye(kByeLogins, "too many failed logins");
  } else {
    say(refusal(error.code, error.lasting));
  }
}

void ServerSession::upgraded(const TlsFacts&) {
  in_.clear();
  flags_.tls = true;
  mode_ = Mode::greeting;
}

std::optional<TimePoint> ServerSession::deadline() const {
  if (state_ == State::closed || owes() || task_) return std::nullopt;
  if (state_ == State::unauthenticated) return times_.stranger_since + options_.limits.login;
  return times_.active + options_.limits.idle;
}

Ticket ServerSession::owe(Owed::Kind kind) {
  owed_ = {kind, ++counts_.tickets};
  return Ticket(owed_.number);
}

// The answer must be to what is owed; anything else is a mistake of the host.
ServerSession::Owed::Kind ServerSession::settle(const Ticket& ticket) {
  assert(ticket.number() != 0 && ticket.number() == owed_.number);
  if (ticket.number() == 0 || ticket.number() != owed_.number) return Owed::Kind::nothing;
  return std::exchange(owed_, Owed{}).kind;
}

void ServerSession::say(View status, View code, View text) {
  out_.append(status);
  if (!code.empty()) out_.append(" (" + own(code) + ")");
  out_.append(" " + server_string(text));
  out_.append("\r\n");
}

void ServerSession::fault(const Reply& reply) {
  if (++counts_.errors >= options_.limits.errors) {
    bye(kByeErrors, "too many errors");
  } else {
    say(reply);
  }
}

void ServerSession::bye(const Reply& reply, View note) {
  say(reply);
  broken_ = note;
  change(Change::left);
}

}  // namespace posthorn::managesieve
