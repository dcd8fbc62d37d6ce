#include "posthorn/protocol/smtp/server_session.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "posthorn/bytes/codec/base64.h"

namespace posthorn::smtp {

namespace {

std::string text_of(const Reply& reply) {
  std::string text;
  format(reply, text);
  return text;
}

bool is_xclient(Verb verb) { return verb == Verb::xclient || verb == Verb::xclient_login; }
bool is_hello(Verb verb) { return verb == Verb::ehlo || verb == Verb::helo || verb == Verb::lhlo; }

}  // namespace

ServerSession::ServerSession(ServerOptions options, TimePoint now)
    : options_(std::move(options)), framer_(options_.limits.line), times_{now, now, now} {
  if (options_.greet_delay > Duration::zero()) {
    mode_ = Mode::greeting;
  } else {
    greet();
  }
}

std::string ServerSession::greeting_text() const {
  return text_of(say(Said::greeting, options_.host_name + (options_.lmtp ? " LMTP" : " ESMTP")));
}

void ServerSession::greet() {
  replies_.say(greeting_text());
  mode_ = Mode::commands;
}

void ServerSession::receive(View octets) {
  if (mode_ == Mode::upgrade || mode_ == Mode::closed) return;  // not protected, or not wanted any more
  drop_line();
  input_.append(octets);
}

void ServerSession::receive_end() { flags_.input_ended = true; }

Event ServerSession::next(TimePoint now) {
  drop_line();
  times_.now = now;
  for (;;) {
    if (std::exchange(times_.touched, false)) times_.active = now;
    if (std::exchange(flags_.reset_due, false)) return Reset{};
    if (owes() && mode_ != Mode::commands) return NeedInput{};
    if (mode_ == Mode::closed) return Closed{};
    if (!owes() && flags_.stopping) {
      close(say(Said::stopping));
      continue;
    }
    if (const auto limit = deadline(); mode_ != Mode::greeting && limit && now >= *limit) {
      close(say(Said::idle));
      continue;
    }
    if (auto event = step()) return std::move(*event);
    drop_line();
  }
}

std::optional<Event> ServerSession::hold_greeting() {
  const bool too_much = input_.size() > options_.limits.early;
  if (!input_.empty() && !std::exchange(flags_.talked_early, true)) {
    if (options_.refuse_early || too_much) close(say(Said::talked_early));
    return TalkedEarly{};
  }
  if (too_much) {
    close(say(Said::talked_early));
    return std::nullopt;
  }
  if (times_.now < times_.begin + options_.greet_delay) return input_.empty() ? need_input() : NeedInput{};
  greet();
  times_.touched = true;
  return std::nullopt;
}

std::optional<Event> ServerSession::step() {
  switch (mode_) {
    case Mode::greeting: return hold_greeting();
    case Mode::commands: return read_command();
    case Mode::content: return read_content();
    case Mode::chunk: return read_chunk();
    case Mode::responses: return read_response();
    case Mode::upgrade: return need_input();
    case Mode::closed: break;
  }
  return Closed{};
}

Event ServerSession::need_input() {
  if (!flags_.input_ended || owes()) return NeedInput{};
  close();
  return Closed{};
}

std::optional<Event> ServerSession::read_command() {
  const frame::Line line = framer_.next(input_);
  if (line.status == frame::LineStatus::need_input) return need_input();
  if (line.status != frame::LineStatus::line) {
    spent_ = line.octets;
    times_.touched = true;
    say_now(say(line.status == frame::LineStatus::bare ? Said::not_a_line : Said::line_too_long));
    return std::nullopt;
  }
  View text = line.text;
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);  // RFC 5321 section 4.1.1
  const View name = text.substr(0, text.find(' '));
  const CommandSpec* spec = find_command(name, options_.lmtp);
  // What depends on an answer that is owed stays in the input.
  if (owes() && !(spec != nullptr && spec->overlaps && spec->verb == replies_.owed_verb())) return NeedInput{};
  spent_ = line.octets;
  times_.touched = true;
  if (spec == nullptr) {
    say_now(say(Said::unknown_command));
    return std::nullopt;
  }
  const bool alone = input_.size() == line.octets;
  if (options_.strict_pipelining && !alone && spec->behind != Behind::commands) return refuse_group(*spec);
  return run(*spec, text.substr(name.size()));
}

std::optional<Event> ServerSession::refuse_group(const CommandSpec& spec) {
  const Reply reply = say(Said::pipelined);
  if (spec.behind != Behind::content) {
    say_now(reply);
    return std::nullopt;
  }
  close(reply);
  return Violation{"content before the answer to " + own(spec.name)};
}

Facts ServerSession::facts() const {
  return {.options = options_,
          .state = state_,
          .extended = flags_.extended,
          .login_possible = !options_.mechanisms.empty() && !state_.login && (state_.tls || options_.clear_login),
          .mail_possible = counts_.transactions < options_.limits.transactions,
          .rcpt_possible = state_.recipients + replies_.owed() < options_.limits.recipients,
          .domains = domains_,
          .wall = options_.wall + std::chrono::floor<std::chrono::seconds>(times_.now - times_.begin)};
}

std::optional<Event> ServerSession::run(const CommandSpec& spec, View arguments) {
  if (!holds(spec.phases, state_.phase) && !spec.carries_octets) {
    say_now(say(state_.phase == Phase::connected ? Said::hello_first : Said::bad_sequence));
    return std::nullopt;
  }
  Cursor cursor(arguments);
  const Facts known = facts();
  Answer answer = spec.run(cursor, known);
  if (auto* reply = std::get_if<Reply>(&answer)) return settle_now(spec, *reply);
  if (auto* event = std::get_if<Event>(&answer)) return hand_out(spec, std::move(*event));
  if (auto* chunk = std::get_if<Chunk>(&answer)) {
    begin_chunk(*chunk);
    return std::nullopt;
  }
  const Reply last = std::get<Fatal>(answer).reply;
  close(last);
  return Violation{last.text};
}

std::optional<Event> ServerSession::settle_now(const CommandSpec& spec, const Reply& reply) {
  if (reply.positive()) {
    replies_.say(text_of(reply));
  } else {
    say_now(reply);
  }
  apply(spec.verb, reply.positive());
  if (state_.phase == Phase::content) {
    content_ = Content();
    mode_ = Mode::content;
  }
  if (state_.phase == Phase::closed) close();
  return std::nullopt;
}

Event ServerSession::hand_out(const CommandSpec& spec, Event event) {
  Verb verb = spec.verb;
  if (const auto* begun = std::get_if<Mail>(&event)) {
    announced_ = {.utf8 = begun->params.utf8, .binary = begun->params.body == MailParams::Body::binary};
  }
  if (const auto* named = std::get_if<Rcpt>(&event)) remember_domain(named->to.domain);
  if (const auto* proxied = std::get_if<Xclient>(&event); proxied != nullptr && proxied->client.login)
    verb = Verb::xclient_login;
  std::visit(
      [&](auto& e) {
        if constexpr (requires { e.ticket; }) e.ticket = replies_.owe(verb);
      },
      event);
  return event;
}

void ServerSession::remember_domain(View domain) {
  const auto is_it = [&](const std::string& known) { return same_word(known, domain); };
  if (options_.limits.recipient_domains == 0 || std::ranges::any_of(domains_, is_it)) return;
  domains_.push_back(own(domain));
}

// --- content ---------------------------------------------------------------------------------------------------------

std::optional<Event> ServerSession::pass(View octets) {
  if (content_.refused) return std::nullopt;
  content_.octets += octets.size();
  if (content_.octets > options_.limits.message) {
    content_.refused = say(Said::message_too_big);
    return std::nullopt;
  }
  return Body{octets};
}

void ServerSession::begin_chunk(const Chunk& chunk) {
  if (state_.phase != Phase::chunks) content_ = Content();
  content_.refused = chunk.refused;
  content_.chunk_size = content_.chunk_left = chunk.octets;
  content_.chunk_last = chunk.last;
  mode_ = Mode::chunk;
}

std::optional<Event> ServerSession::read_chunk() {
  if (content_.chunk_left == 0) return end_content(content_.chunk_last ? Verb::bdat_last : Verb::bdat);
  if (input_.empty()) return need_input();
  const View octets = input_.view().substr(0, content_.chunk_left);
  spent_ = octets.size();
  content_.chunk_left -= octets.size();
  times_.touched = true;
  const bool binary = state_.announced.binary;
  if (!binary && !content_.text.scan(octets) && !content_.refused) content_.refused = say(Said::bare_line_end);
  return pass(octets);
}

std::optional<Event> ServerSession::read_content() {
  const frame::DotPiece piece = content_.dot.next(input_.view());
  if (piece.status == frame::DotStatus::need_input) return need_input();
  spent_ = piece.octets;
  times_.touched = true;
  if (content_.dot.bare() && !content_.refused) content_.refused = say(Said::bare_line_end);
  return piece.status == frame::DotStatus::end ? end_content(Verb::content) : pass(piece.content);
}

std::optional<Event> ServerSession::end_content(Verb verb) {
  mode_ = Mode::commands;
  times_.touched = true;
  const bool counted = verb == Verb::bdat_last && !state_.announced.binary;
  if (counted && !content_.refused && !content_.text.finish()) content_.refused = say(Said::bare_line_end);
  if (content_.refused) {
    const bool each =
        options_.lmtp && verb != Verb::bdat && transition(verb, Outcome::refused, state_.phase) != nullptr;
    for (std::uint32_t i = each ? state_.recipients : 1; i > 0; --i) replies_.say(text_of(*content_.refused));
    if (is_protocol_error(*content_.refused)) count(counts_.errors, options_.limits.errors, Said::too_many_errors);
    apply(verb, false);
    return std::nullopt;
  }
  if (verb == Verb::bdat) {
    apply(verb, true, content_.chunk_size);
    replies_.say(text_of(say(Said::chunk_received)));
    return std::nullopt;
  }
  return BodyEnd{replies_.owe(verb), content_.octets};
}

// --- login -----------------------------------------------------------------------------------------------------------

std::optional<Event> ServerSession::read_response() {
  framer_.set_limit(options_.limits.auth_line);
  const frame::Line line = framer_.next(input_);
  framer_.set_limit(options_.limits.line);
  if (line.status == frame::LineStatus::need_input) return need_input();
  spent_ = line.octets;
  times_.touched = true;
  if (line.status == frame::LineStatus::too_long) return cancel_login(Said::response_too_long);
  if (line.status == frame::LineStatus::bare) return cancel_login(Said::not_a_line);
  if (line.text == "*") return cancel_login(Said::login_cancelled);
  auto response = codec::base64_decode(line.text);
  if (!response) return cancel_login(Said::bad_base64);
  return AuthResponse{replies_.owe(Verb::auth), std::move(*response)};
}

Event ServerSession::cancel_login(Said why) {
  mode_ = Mode::commands;
  say_now(say(why));
  return AuthCancelled{};
}

// --- answers ---------------------------------------------------------------------------------------------------------

void ServerSession::reply(Ticket ticket, const Reply& reply) {
  const Verb verb = replies_.owed_verb();
  std::string text;
  if (is_hello(verb) && reply.positive()) {
    apply(verb, true);
    flags_.extended = verb != Verb::helo;
    replies_.settle(ticket, hello_text());
    times_.touched = true;
    return;
  }
  if (is_xclient(verb) && reply.positive()) {
    flags_.extended = false;
    replies_.settle(ticket, greeting_text());
    return answered(verb, true);
  }
  const bool each = options_.lmtp && (verb == Verb::content || verb == Verb::bdat_last);
  for (std::uint32_t i = each ? state_.recipients : 1; i > 0; --i) format(reply, text);
  replies_.settle(ticket, text);
  answered(verb, reply.positive());
}

void ServerSession::reply(Ticket ticket, std::span<const Reply> replies) {
  assert(replies.size() == (options_.lmtp ? state_.recipients : 1));
  std::string text;
  for (const Reply& one : replies) format(one, text);
  replies_.settle(ticket, text);
  answered(replies_.owed_verb(),
           std::any_of(replies.begin(), replies.end(), [](const Reply& r) { return r.positive(); }));
}

void ServerSession::challenge(Ticket ticket, View octets) {
  replies_.settle(ticket, text_of(say(Said::next_response, codec::base64_encode(octets))));
  mode_ = Mode::responses;
  times_.touched = true;
}

void ServerSession::answered(Verb verb, bool positive) {
  times_.touched = true;
  const bool had_message = verb == Verb::content || verb == Verb::bdat_last;
  apply(verb, positive);
  if (had_message) flags_.reset_due = false;  // the host has the whole message: nothing is void
  if (verb == Verb::auth) mode_ = Mode::commands;
  if (positive) {
    if (verb == Verb::mail) ++counts_.transactions;
    if (verb != Verb::starttls) return;
    input_.clear();
    framer_.reset();
    spent_ = 0;
    flags_.extended = false;
    mode_ = Mode::upgrade;
    return;
  }
  if (verb == Verb::auth) count(counts_.logins, options_.limits.logins, Said::too_many_logins);
  if (verb == Verb::mail || verb == Verb::rcpt)
    count(counts_.refusals, options_.limits.refusals, Said::too_many_errors);
}

void ServerSession::apply(Verb verb, bool positive, std::uint64_t octets) {
  const bool had_mail = state_.mail;
  state_ = after(state_, verb, positive ? Outcome::accepted : Outcome::refused, octets, announced_);
  if (had_mail && !state_.mail && state_.phase != Phase::closed) flags_.reset_due = true;
}

void ServerSession::say_now(const Reply& reply) {
  replies_.say(text_of(reply));
  if (is_protocol_error(reply)) count(counts_.errors, options_.limits.errors, Said::too_many_errors);
}

void ServerSession::count(std::uint32_t& counter, std::uint32_t limit, Said over) {
  if (++counter >= limit && mode_ != Mode::closed) close(say(over));
}

std::string ServerSession::hello_text() const {
  const Facts known = facts();
  std::string text;
  std::string line = own(options_.host_name);
  const auto flush = [&](char mark) {
    format(say(Said::hello, line), text);
    text[text.size() - line.size() - 3] = mark;
  };
  if (flags_.extended) {
    for (const ExtensionSpec& row : extension_rows()) {
      if (!is_offered(row.keyword, known)) continue;
      flush('-');
      line = own(row.keyword);
      if (row.write_value != nullptr) row.write_value(known, line);
    }
  }
  flush(' ');
  return text;
}

// --- life ------------------------------------------------------------------------------------------------------------

void ServerSession::upgraded(const TlsFacts&) {
  if (mode_ == Mode::upgrade) {
    mode_ = Mode::commands;
  } else {
    state_ = State{.tls = true};  // implicit TLS
  }
  times_.touched = true;
}

std::optional<TimePoint> ServerSession::deadline() const {
  if (owes() || mode_ == Mode::closed) return std::nullopt;
  if (mode_ == Mode::greeting) return times_.begin + options_.greet_delay;
  const bool content = mode_ == Mode::content || mode_ == Mode::chunk;
  const Limits& limits = options_.limits;
  return std::min(times_.begin + limits.total, times_.active + (content ? limits.content_idle : limits.command_idle));
}

void ServerSession::drop_line() { input_.consume(std::exchange(spent_, 0)); }

void ServerSession::close(const Reply& last) {
  replies_.say(text_of(last));
  close();
}

void ServerSession::close() {
  mode_ = Mode::closed;
  spent_ = 0;
  input_.clear();
  framer_.reset();
}

}  // namespace posthorn::smtp
