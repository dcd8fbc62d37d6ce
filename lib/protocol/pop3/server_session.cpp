#include "posthorn/protocol/pop3/server_session.h"

#include <algorithm>
#include <cassert>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/protocol/pop3/refusal.h"

namespace posthorn::pop3 {

namespace {

template <class... F>
struct Visitor : F... {
  using F::operator()...;
};

}  // namespace

ServerSession::ServerSession(ServerOptions options, TimePoint now, std::span<const CommandSpec> commands)
    : options_(std::move(options)), commands_(commands), framer_(options_.limits.line), active_(now) {
  ok(options_.host_name + " POP3 server ready");
}

void ServerSession::receive(View octets) {
  // What comes before the handshake is nobody's: it must not be read as if it had come through TLS.
  if (mode_ != Mode::upgrade && state_ != State::closed) in_.append(octets);
}

void ServerSession::receive_end() { flags_.ended = true; }

Event ServerSession::next(TimePoint now) {
  if (!broken_.empty()) return Violation{std::exchange(broken_, {})};
  if (state_ == State::closed) return Closed{};
  if (owes()) return NeedInput{};
  if (!flags_.stopping || mode_ == Mode::listing || mode_ == Mode::sending) {
    if (auto event = step(now)) return std::move(*event);
    if (owes()) return NeedInput{};
  }
  if (state_ != State::closed && (flags_.ended || flags_.stopping || now - active_ >= options_.limits.idle)) close();
  if (!broken_.empty()) return Violation{std::exchange(broken_, {})};
  if (state_ == State::closed) return Closed{};
  in_.release();
  return NeedInput{};
}

std::optional<Event> ServerSession::step(TimePoint now) {
  while (state_ != State::closed && mode_ != Mode::upgrade && !owes()) {
    if (out_.size() >= options_.limits.chunk) return Drain{};
    if (mode_ == Mode::listing) {
      list();
      continue;
    }
    if (mode_ == Mode::sending) {
      active_ = now;
      if (answer_.begun && answer_.offset >= maildrop_[answer_.index].octets) {
        end_message();
        continue;
      }
      return fetch();
    }
    if (flags_.stopping) return std::nullopt;
    const frame::Line line = framer_.next(in_);
    if (line.status == frame::LineStatus::need_input) return std::nullopt;
    active_ = now;
    auto event = mode_ == Mode::auth_response ? read_response(line) : read_command(line);
    in_.consume(line.octets);
    if (event) return event;
  }
  return std::nullopt;
}

std::optional<Event> ServerSession::read_command(const frame::Line& line) {
  if (line.status != frame::LineStatus::line) {
    err(line.status == frame::LineStatus::too_long ? Code::too_long : Code::syntax);
    return std::nullopt;
  }
  Cursor cursor(line.text);
  const CommandSpec* row = find_command(commands_, cursor.try_run(chars::kAlnum));
  if (row == nullptr) {
    err(Code::unsupported);
  } else if (!row->states.has(state_)) {
    err(Code::bad_state);
  } else {
    return begin(row->run(cursor, facts()));
  }
  return std::nullopt;
}

std::optional<Event> ServerSession::begin(Deed deed) {
  using Answered = std::optional<Event>;
  return std::visit(
      Visitor{
          [&](Ok& deed_ok) -> Answered {
            ok(deed_ok.text);
            return std::nullopt;
          },
          [&](Error& error) -> Answered {
            err(error.code, error.lasting);
            return std::nullopt;
          },
          [&](Named& named) -> Answered {
            user_ = std::move(named.user);
            change(Change::named);
            ok("Password?");
            return std::nullopt;
          },
          [&](Listing& listing) -> Answered {
            answer_ = Answer{};
            answer_.listing = std::move(listing);
            mode_ = Mode::listing;
            ok(answer_.listing.text);
            return std::nullopt;
          },
          [&](Sending& sending) -> Answered {
            answer_ = Answer{};
            answer_.index = sending.index;
            if (sending.lines) answer_.head.emplace(*sending.lines);
            mode_ = Mode::sending;
            return std::nullopt;
          },
          [&](AskLogin& ask) -> Answered { return Login{owe(Owed::Kind::login), user_, std::move(ask.password)}; },
          [&](AskAuth& ask) -> Answered {
            return Auth{owe(Owed::Kind::auth), std::move(ask.mechanism), std::move(ask.initial)};
          },
          [&](AskUpgrade&) -> Answered { return Upgrade{owe(Owed::Kind::upgrade)}; },
          [&](Leave&) -> Answered { return leave(); },
      },
      deed);
}

std::optional<Event> ServerSession::leave() {
  change(Change::left);
  if (state_ == State::update) {
    auto marked = maildrop_.marked();
    if (!marked.empty()) return Update{owe(Owed::Kind::update), std::move(marked)};
    change(Change::finished);
  }
  ok("Goodbye");
  return std::nullopt;
}

std::optional<Event> ServerSession::read_response(const frame::Line& line) {
  if (line.status == frame::LineStatus::too_long) return cancel(Code::too_long);
  if (line.status != frame::LineStatus::line) return cancel(Code::syntax);
  if (line.text == "*") return cancel(Code::closed);
  auto response = codec::base64_decode(line.text);
  if (!response) return cancel(Code::syntax);
  mode_ = Mode::commands;
  framer_.set_limit(options_.limits.line);
  return AuthResponse{owe(Owed::Kind::auth), std::move(*response)};
}

std::optional<Event> ServerSession::cancel(Code code) {
  mode_ = Mode::commands;
  framer_.set_limit(options_.limits.line);
  change(Change::refused);
  err(code);
  return AuthCancelled{};
}

void ServerSession::list() {
  const Facts known = facts();
  while (answer_.item < answer_.listing.count && out_.size() < options_.limits.chunk) {
    const std::string line = answer_.listing.line(known, answer_.item++);
    if (line.empty()) continue;
    out_.append(line);
    out_.append("\r\n");
  }
  if (answer_.item < answer_.listing.count) return;
  out_.append(".\r\n");
  mode_ = Mode::commands;
  answer_ = Answer{};
}

Event ServerSession::fetch() {
  const std::uint64_t left = maildrop_[answer_.index].octets - answer_.offset;
  const std::uint64_t count = std::min<std::uint64_t>(left, options_.limits.chunk);
  return Fetch{owe(Owed::Kind::fetch), answer_.index, answer_.offset, count};
}

void ServerSession::content(Ticket ticket, View octets) {
  if (settle(ticket) != Owed::Kind::fetch) return;
  const std::uint64_t size = maildrop_[answer_.index].octets;
  const std::uint64_t asked = std::min<std::uint64_t>(size - answer_.offset, options_.limits.chunk);
  if (octets.size() != asked) {
    refuse_fetch(environment_error(Code::corrupt));
    return;
  }
  if (!answer_.begun) ok(answer_.head ? "The head follows" : std::to_string(size) + " octets");
  answer_.begun = true;
  answer_.offset += octets.size();
  answer_.dots.encode(answer_.head ? answer_.head->take(octets) : octets, out_);
  if (answer_.offset >= size || (answer_.head && answer_.head->done())) end_message();
}

void ServerSession::end_message() {
  answer_.dots.finish(out_);
  mode_ = Mode::commands;
  answer_ = Answer{};
}

void ServerSession::refuse_fetch(const Error& error) {
  mode_ = Mode::commands;
  if (answer_.begun) {
    // The client must not take what it has for the whole message: no final dot, only the end of the connection.
    close();
  } else {
    err(error.code, error.lasting);
  }
  answer_ = Answer{};
}

void ServerSession::open(Ticket ticket, Maildrop maildrop, View notice) {
  const Owed::Kind kind = settle(ticket);
  if (kind != Owed::Kind::login && kind != Owed::Kind::auth) return;
  maildrop_ = std::move(maildrop);
  change(Change::logged_in);
  ok(std::to_string(maildrop_.size()) + " messages" + (notice.empty() ? "" : "; " + own(notice)));
}

void ServerSession::challenge(Ticket ticket, View octets) {
  if (settle(ticket) != Owed::Kind::auth) return;
  mode_ = Mode::auth_response;
  framer_.set_limit(options_.limits.auth_line);
  out_.append("+ ");
  out_.append(codec::base64_encode(octets));
  out_.append("\r\n");
}

void ServerSession::done(Ticket ticket) {
  const Owed::Kind kind = settle(ticket);
  if (kind == Owed::Kind::upgrade) {
    ok("Begin TLS");
    in_.clear();
    framer_.reset();
    mode_ = Mode::upgrade;
  } else if (kind == Owed::Kind::update) {
    ok("Goodbye");
    change(Change::finished);
  }
}

void ServerSession::refuse(Ticket ticket, const Error& error) {
  const Owed::Kind kind = settle(ticket);
  if (kind == Owed::Kind::fetch) {
    refuse_fetch(error);
  } else if (kind == Owed::Kind::update) {
    err(error.code, error.lasting);
    change(Change::finished);
  } else if (kind == Owed::Kind::login || kind == Owed::Kind::auth) {
    change(Change::refused);
    err(error.code, error.lasting);
    if (++counts_.logins >= options_.limits.logins && state_ != State::closed) {
      broken_ = "too many failed logins";
      close();
    }
  } else if (kind == Owed::Kind::upgrade) {
    err(error.code, error.lasting);
  }
}

void ServerSession::upgraded(const TlsFacts&) {
  in_.clear();
  framer_.reset();
  flags_.tls = true;
  user_.clear();
  mode_ = Mode::commands;
  change(Change::protected_by_tls);
}

std::optional<TimePoint> ServerSession::deadline() const {
  if (state_ == State::closed || owes()) return std::nullopt;
  return active_ + options_.limits.idle;
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

void ServerSession::ok(View text) {
  out_.append("+OK ");
  out_.append(text);
  out_.append("\r\n");
}

void ServerSession::err(Code code, Lasting lasting) {
  const bool by_client =
      code == Code::syntax || code == Code::bad_state || code == Code::too_long || code == Code::unsupported;
  const bool over = by_client && ++counts_.errors >= options_.limits.errors;
  out_.append("-ERR ");
  out_.append(over ? refusal(Code::too_many, Lasting::permanent) : refusal(code, lasting));
  out_.append("\r\n");
  if (!over) return;
  broken_ = "too many errors";
  close();
}

}  // namespace posthorn::pop3
