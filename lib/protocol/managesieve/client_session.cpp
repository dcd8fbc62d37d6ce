#include "posthorn/protocol/managesieve/client_session.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/protocol/managesieve/arguments.h"

namespace posthorn::managesieve {

namespace {

constexpr CharSet kCodeWord = chars::kAlnum + CharSet("-/");

bool is_string(const Cursor& c) { return c.peek() == '"' || c.peek() == '{'; }

bool tells_capabilities(Verb verb) { return verb == Verb::greeting || verb == Verb::capability; }

/// "(" resp-code ")": its word, and its first string.
bool response_code(Cursor& c, std::string& word, std::string& argument) {
  View octets;
  if (!c.octet('(') || !c.run(kCodeWord, octets)) return false;
  word = octets;
  while (c.try_sp()) {
    std::string more;
    if (is_string(c) ? !string(c, more) : !c.run(chars::kAlnum, octets)) return false;
    if (argument.empty()) argument = std::move(more);
  }
  return c.octet(')');
}

}  // namespace

// The greeting is the answer to a question that nobody asked.
std::deque<ClientSession::Asked> ClientSession::first() {
  std::deque<Asked> asked;
  asked.push_back({Verb::greeting, Secret()});
  return asked;
}

void ClientSession::ask(Verb verb, std::string line, std::unique_ptr<sasl::ClientExchange> exchange) {
  if (mode_ == Mode::closed) return;
  line += "\r\n";
  asked_.push_back({verb, Secret(std::move(line)), std::move(exchange)});
  send_more();
}

Result<void> ClientSession::authenticate(const sasl::MechanismSpec& mechanism, sasl::ClientOptions options) {
  auto exchange = mechanism.use(std::move(options));
  std::string line = "AUTHENTICATE " + client_string(mechanism.name);
  if (!mechanism.server_first) {
    const auto initial = exchange->respond({});
    if (!initial) return fail(initial.error());
    line += " " + client_string(codec::base64_encode(*initial));
  }
  ask(Verb::authenticate, std::move(line), std::move(exchange));
  return {};
}

void ClientSession::have_space(View name, std::uint64_t octets) {
  ask(Verb::have_space, "HAVESPACE " + client_string(name) + " " + std::to_string(octets));
}

void ClientSession::put(View name, View script) {
  ask(Verb::put, "PUTSCRIPT " + client_string(name) + " " + client_string(script));
}

void ClientSession::check(View script) { ask(Verb::check, "CHECKSCRIPT " + client_string(script)); }

void ClientSession::get(View name) { ask(Verb::get, "GETSCRIPT " + client_string(name)); }

void ClientSession::activate(View name) { ask(Verb::activate, "SETACTIVE " + client_string(name)); }

void ClientSession::remove(View name) { ask(Verb::remove, "DELETESCRIPT " + client_string(name)); }

void ClientSession::rename(View from, View to) {
  ask(Verb::rename, "RENAMESCRIPT " + client_string(from) + " " + client_string(to));
}

void ClientSession::noop(std::optional<View> tag) { ask(Verb::noop, tag ? "NOOP " + client_string(*tag) : "NOOP"); }

void ClientSession::send_more() {
  if (waiting_ || mode_ != Mode::answers || asked_.empty()) return;
  out_.append(asked_.front().line.reveal());
  waiting_ = true;
  asked_anew_ = true;
  items_ = 0;
}

void ClientSession::receive(View octets) {
  if (mode_ != Mode::closed) in_.append(octets);
}

ClientEvent ClientSession::next(TimePoint now) {
  if (std::exchange(asked_anew_, false)) active_ = now;
  if (mode_ == Mode::closed) return Closed{};
  if (mode_ == Mode::tls) return in_.empty() ? ClientEvent(NeedInput{}) : violated("octets before the TLS handshake");
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
  using Found = MessageReader::Status;
  for (;;) {
    switch (reader_.next(in_)) {
      case Found::need_input: return std::nullopt;
      case Found::announced:
        if (reader_.announced() > limits_.script || reader_.text().size() + reader_.announced() > limits_.script)
          return violated("a literal of the answer is too long");
        reader_.accept();
        break;
      case Found::refused: return violated("a line of the answer is too long, or none");
      case Found::lost: return violated("a line of the answer is too long, or none");
      case Found::message: {
        active_ = now;
        const std::string message(reader_.text());
        reader_.reset();
        Cursor c(message);
        auto event = is_string(c) ? read_item(c) : read_status(c);
        if (event) return event;
      }
    }
  }
}

// A line in front of the last one of an answer; nullopt: it was answered already.
std::optional<ClientEvent> ClientSession::read_item(Cursor& c) {
  const Verb verb = waiting_ ? asked_.front().verb : Verb::unasked;
  parsed_ = {};
  string(c, parsed_.first);
  const bool more = c.try_sp();
  if (tells_capabilities(verb)) {
    if (more) string(c, parsed_.second);
  } else if (verb == Verb::list) {
    if (more) c.word("ACTIVE");
  } else if (more || (verb != Verb::get && verb != Verb::authenticate)) {
    c.fail(Code::syntax);
  }
  if (!c.end()) return violated("an answer that is none");
  if (verb == Verb::authenticate) return read_challenge(parsed_.first);
  if (++items_ > limits_.items) return violated("a list that is too long");
  if (verb == Verb::list) return Listed{parsed_.first, more};
  if (verb == Verb::get) return Script{parsed_.first};
  return Capability{parsed_.first, parsed_.second};
}

std::optional<ClientEvent> ClientSession::read_challenge(View octets) {
  const auto challenge = codec::base64_decode(octets);
  if (!challenge) return violated("a challenge that is not base64");
  if (++items_ > limits_.items) return violated("challenges without end");
  const auto response = asked_.front().exchange->respond(*challenge);
  out_.append(response ? client_string(codec::base64_encode(*response)) : "\"*\"");
  out_.append("\r\n");
  return std::nullopt;
}

ClientEvent ClientSession::read_status(Cursor& c) {
  parsed_ = {};
  Heard heard{waiting_ ? asked_.front().verb : Verb::unasked, Status::ok, {}, {}, {}};
  if (c.try_word("BYE")) {
    heard.status = Status::bye;
  } else if (c.try_word("NO")) {
    heard.status = Status::no;
  } else if (!c.try_word("OK")) {
    return violated("an answer that is none");
  }
  if (c.try_sp() && c.peek() == '(') {
    response_code(c, parsed_.first, parsed_.second) && (c.at_end() || (c.sp() && string(c, parsed_.text)));
  } else if (!c.at_end()) {
    string(c, parsed_.text);
  }
  if (!c.end()) return violated("an answer that is none");
  if (heard.status != Status::bye && !waiting_) return violated("an answer to nothing");
  heard.code = parsed_.first;
  heard.argument = parsed_.second;
  heard.text = parsed_.text;
  return finish(heard);
}

ClientEvent ClientSession::finish(Heard heard) {
  if (heard.status == Status::bye || heard.verb == Verb::logout ||
      (heard.verb == Verb::greeting && heard.status != Status::ok)) {
    mode_ = Mode::closed;
    asked_.clear();
    waiting_ = false;
    return heard;
  }
  if (heard.verb == Verb::authenticate && heard.status == Status::ok && !believe(heard))
    return violated("the server did not prove what it is");
  asked_.pop_front();
  waiting_ = false;
  if (heard.verb == Verb::starttls && heard.status == Status::ok) {
    mode_ = Mode::tls;
    if (!in_.empty()) return violated("octets before the TLS handshake");
    return StartTls{};
  }
  send_more();
  return heard;
}

/// Whether the exchange is content with how it ended.
bool ClientSession::believe(const Heard& heard) {
  sasl::ClientExchange& exchange = *asked_.front().exchange;
  if (heard.code == "SASL") {
    const auto data = codec::base64_decode(heard.argument);
    if (!data || !exchange.respond(*data)) return false;
  }
  return exchange.server_verified();
}

ClientEvent ClientSession::violated(View note) {
  mode_ = Mode::closed;
  asked_.clear();
  waiting_ = false;
  return Violation{own(note)};
}

void ClientSession::upgraded(const TlsFacts&) {
  in_.clear();
  reader_ = MessageReader(MessageReader::Peer::server, limits_.line, 0);
  if (mode_ != Mode::tls) return;
  mode_ = Mode::answers;
  asked_.push_front({Verb::capability, Secret()});
  waiting_ = asked_anew_ = true;
  items_ = 0;
}

std::optional<TimePoint> ClientSession::deadline() const {
  if (mode_ != Mode::answers || !waiting_) return std::nullopt;
  return active_ + limits_.answer;
}

}  // namespace posthorn::managesieve
