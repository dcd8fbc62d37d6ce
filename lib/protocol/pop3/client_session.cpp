#include "posthorn/protocol/pop3/client_session.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"

namespace posthorn::pop3 {

namespace {

constexpr CharSet kMechanism = chars::kAlnum + CharSet("-_");

bool fits_in_a_line(View octets) { return !octets.empty() && octets.find_first_of(View("\r\n\0", 3)) == View::npos; }

bool has_items(Verb verb) { return verb == Verb::capa || verb == Verb::list || verb == Verb::uidl; }
bool has_content(Verb verb) { return verb == Verb::retr || verb == Verb::top; }

// What comes behind these depends on their answer, or is not a command.
bool ends_a_pipeline(Verb verb) {
  return verb == Verb::user || verb == Verb::pass || verb == Verb::auth || verb == Verb::stls || verb == Verb::quit ||
         verb == Verb::utf8;
}

}  // namespace

Result<Numbered> parse_numbered(View line) {
  Cursor c(line);
  Numbered parsed{0, {}};
  c.number(parsed.number) && c.sp() && c.run(chars::kVisible, parsed.rest);
  return c.finish(parsed);
}

void ClientSession::ask(Verb verb, std::string line) {
  if (mode_ == Mode::closed) return;
  line += "\r\n";
  asked_.push_back({verb, Secret(std::move(line))});
  send_more();
}

Result<void> ClientSession::login(View user, const Secret& password) {
  if (!fits_in_a_line(user) || !fits_in_a_line(password.reveal())) {
    return fail(caller_error(Code::misuse, "a login that POP3 cannot say"));
  }
  ask(Verb::user, "USER " + own(user));
  ask(Verb::pass, "PASS " + own(password.reveal()));
  return {};
}

Result<void> ClientSession::auth(View mechanism, std::optional<View> initial) {
  if (mechanism.empty() || !std::all_of(mechanism.begin(), mechanism.end(), [](char c) { return kMechanism[c]; })) {
    return fail(caller_error(Code::misuse, "no mechanism name"));
  }
  std::string line = "AUTH " + own(mechanism);
  if (initial) line += initial->empty() ? " =" : " " + codec::base64_encode(*initial);
  ask(Verb::auth, std::move(line));
  return {};
}

void ClientSession::respond(View octets) {
  if (mode_ != Mode::challenge) return;
  mode_ = Mode::replies;
  out_.append(codec::base64_encode(octets));
  out_.append("\r\n");
}

void ClientSession::cancel() {
  if (mode_ != Mode::challenge) return;
  mode_ = Mode::replies;
  out_.append("*\r\n");
}

void ClientSession::send_more() {
  if (mode_ == Mode::greeting || mode_ == Mode::tls || mode_ == Mode::closed) return;
  while (sent_ < asked_.size()) {
    if (sent_ > 0 && (!pipelining_ || ends_a_pipeline(asked_[sent_ - 1].verb))) return;
    asked_anew_ = asked_anew_ || sent_ == 0;
    out_.append(asked_[sent_].line.reveal());
    ++sent_;
  }
}

void ClientSession::receive(View octets) {
  if (mode_ != Mode::closed) in_.append(octets);
}

ClientEvent ClientSession::next(TimePoint now) {
  if (spent_ > 0) {
    in_.consume(std::exchange(spent_, 0));
    active_ = now;
  }
  if (std::exchange(asked_anew_, false)) active_ = now;
  if (mode_ == Mode::closed) return Closed{};
  if (mode_ == Mode::tls) return in_.empty() ? ClientEvent(NeedInput{}) : violated("octets before the TLS handshake");
  if (mode_ == Mode::challenge) return NeedInput{};
  if (auto event = read(now)) return std::move(*event);
  if (ended_) {
    if (!idle()) return violated("the server left in the middle");
    mode_ = Mode::closed;
    return Closed{};
  }
  const auto until = deadline();
  if (until && now >= *until) return violated("no answer in time");
  in_.release();
  return NeedInput{};
}

std::optional<ClientEvent> ClientSession::read(TimePoint now) {
  if (mode_ == Mode::content) return read_content();
  const frame::Line line = framer_.next(in_);
  if (line.status == frame::LineStatus::need_input) return std::nullopt;
  active_ = now;
  spent_ = line.octets;
  if (line.status == frame::LineStatus::too_long) return violated("a line of the answer is too long");
  if (line.status == frame::LineStatus::bare) return violated("a bare CR, bare LF or NUL in an answer");
  return mode_ == Mode::items ? read_item(line.text) : read_reply(line.text);
}

ClientEvent ClientSession::read_reply(View line) {
  const bool greeting = mode_ == Mode::greeting;
  if (!greeting && sent_ == 0) return violated("an answer to nothing");
  const Verb verb = greeting ? Verb::greeting : asked_.front().verb;
  if (verb == Verb::auth && (line == "+" || line.starts_with("+ "))) {
    auto octets = codec::base64_decode(line.substr(std::min<std::size_t>(2, line.size())));
    if (!octets) return violated("a challenge that is not base64");
    mode_ = Mode::challenge;
    return Challenge{std::move(*octets)};
  }
  Cursor c(line);
  Reply reply{verb, c.try_word("+OK"), {}, {}};
  if (!reply.ok && !c.try_word("-ERR")) return violated("no POP3 answer");
  if (!c.at_end() && !c.try_sp()) return violated("no POP3 answer");
  reply.text = c.rest();
  const std::size_t end = reply.text.find(']');
  if (reply.text.starts_with('[') && end != View::npos) {
    reply.code = reply.text.substr(1, end - 1);
    reply.text.remove_prefix(std::min(reply.text.size(), end + 2));
  }
  if (greeting) {
    mode_ = reply.ok ? Mode::replies : Mode::closed;
    send_more();
    return reply;
  }
  if (reply.ok && has_items(verb)) {
    mode_ = Mode::items;
    items_ = 0;
  } else if (reply.ok && has_content(verb)) {
    mode_ = Mode::content;
  } else {
    finish_one();
    if (!reply.ok && verb == Verb::user && !asked_.empty() && asked_.front().verb == Verb::pass) asked_.pop_front();
    if (reply.ok && verb == Verb::stls) {
      mode_ = Mode::tls;
      if (in_.size() > spent_) return violated("octets before the TLS handshake");
      return StartTls{};
    }
    if (verb == Verb::quit) mode_ = Mode::closed;
    send_more();
  }
  return reply;
}

ClientEvent ClientSession::read_item(View line) {
  const Verb verb = asked_.front().verb;
  if (line == ".") {
    mode_ = Mode::replies;
    finish_one();
    send_more();
    return End{verb};
  }
  if (++items_ > limits_.items) return violated("a list that is too long");
  if (line.starts_with('.')) line.remove_prefix(1);
  return Item{verb, line};
}

std::optional<ClientEvent> ClientSession::read_content() {
  const frame::DotPiece piece = dots_.next(in_.view());
  if (piece.status == frame::DotStatus::need_input) return std::nullopt;
  spent_ = piece.octets;
  if (piece.status == frame::DotStatus::content) return Content{piece.content};
  const Verb verb = asked_.front().verb;
  dots_.reset();
  mode_ = Mode::replies;
  finish_one();
  send_more();
  return End{verb};
}

void ClientSession::finish_one() {
  asked_.pop_front();
  --sent_;
}

ClientEvent ClientSession::violated(View note) {
  mode_ = Mode::closed;
  asked_.clear();
  sent_ = 0;
  return Violation{own(note)};
}

void ClientSession::upgraded(const TlsFacts&) {
  in_.clear();
  framer_.reset();
  spent_ = 0;
  if (mode_ == Mode::tls) mode_ = Mode::replies;
  send_more();
}

std::optional<TimePoint> ClientSession::deadline() const {
  const bool waiting = mode_ == Mode::greeting || (mode_ != Mode::closed && mode_ != Mode::challenge && sent_ > 0);
  if (!waiting) return std::nullopt;
  return active_ + limits_.answer;
}

}  // namespace posthorn::pop3
