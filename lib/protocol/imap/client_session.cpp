#include "posthorn/protocol/imap/client_session.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/utf7.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::imap {

namespace {

using Kind = ClientCommand::Kind;
using Part = ClientCommand::Part;

// RFC 7888 section 5: LITERAL- and IMAP4rev2 let so many octets go without waiting.
constexpr std::uint64_t kSmallLiteral = 4096;
// Longest string in quotes; longer ones go as literals, as servers limit their lines.
constexpr std::size_t kLongestQuoted = 1000;
// What may be said behind these depends on their answer.
bool is_gate(Kind kind) { return kind != Kind::plain; }

bool can_be_quoted(View octets, bool utf8) {
  if (octets.size() > kLongestQuoted) return false;
  if (octets.find_first_of("\r\n") != View::npos) return false;
  return codec::is_ascii(octets) || (utf8 && codec::is_utf8(octets));
}

std::string quoted(View octets) {
  std::string out = "\"";
  for (const char c : octets) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

ClientSession::ClientSession(TimePoint now, ClientLimits limits) : limits_(limits), framer_(limits.response) {
  times_ = {now, now, now};
}

bool ClientSession::has(View word) const {
  return std::ranges::any_of(capabilities_, [&](const std::string& c) { return same_word(c, word); });
}

Result<CommandId> ClientSession::queue(Asked asked) {
  if (facts_.closed || facts_.bye) return fail(environment_error(Code::closed, "the session is over"));
  asked.id = CommandId(++counts_.last_id);
  const CommandId id = asked.id;
  commands_.push_back(std::move(asked));
  write_more();
  return id;
}

Result<CommandId> ClientSession::send(ClientCommand command) {
  if (!command.can_be_said()) return fail(caller_error(Code::misuse, "octets that no IMAP command can hold"));
  return queue({CommandId(), std::move(command), {}, {}, {}, {}});
}

Result<CommandId> ClientSession::authenticate(const sasl::MechanismSpec& mechanism, sasl::ClientOptions options) {
  options.channel_binding = binding_;
  if (mechanism.needs_channel_binding && binding_.empty())
    return fail(caller_error(Code::misuse, "a mechanism that needs a channel binding"));
  Asked asked{CommandId(), ClientCommand("AUTHENTICATE " + own(mechanism.name), Kind::authenticate), {}, {}, {}, {}};
  asked.exchange = mechanism.use(std::move(options));
  if (!mechanism.server_first) {
    auto initial = asked.exchange->respond({});
    if (!initial) return fail(initial.error());
    asked.initial = std::move(*initial);
  }
  return queue(std::move(asked));
}

Result<CommandId> ClientSession::log_in(sasl::ClientOptions options, bool clear) {
  bool held_back = false;
  for (const sasl::MechanismSpec& mechanism : sasl::mechanisms()) {
    if (!has("AUTH=" + own(mechanism.name)) || (mechanism.needs_channel_binding && binding_.empty())) continue;
    if (options.random == nullptr && !mechanism.needs_tls) continue;
    held_back = held_back || (mechanism.needs_tls && !facts_.tls && !clear);
    if (mechanism.needs_tls && !facts_.tls && !clear) continue;
    return authenticate(mechanism, std::move(options));
  }
  const bool has_login = !has("LOGINDISABLED") && options.authorize.empty();
  if (has_login && (facts_.tls || clear)) return send(ask::login(options.login, options.password));
  if (has_login || held_back) return fail(peer_error(Code::encryption_needed, "the password would go in the clear"));
  return fail(peer_error(Code::unsupported, "no way to log in that both sides know"));
}

// The first command that is not wholly on the wire, when it may be written now. Nothing is ever written behind a gate,
// so only the last one that was written can be one.
ClientSession::Asked* ClientSession::writing() {
  if (!facts_.greeted || facts_.upgrading || facts_.closed || facts_.bye) return nullptr;
  const std::size_t at = counts_.written;
  if (at == commands_.size()) return nullptr;
  if (at > 0) {
    const Kind last = commands_[at - 1].command.kind();
    if (last == Kind::idle) end_idle(Idle::ending);
    if (is_gate(last)) return nullptr;
    // Octets behind its answer are no answers to other commands then.
    if (commands_[at].command.kind() == Kind::starttls) return nullptr;
  }
  return &commands_[at];
}

void ClientSession::write_more() {
  while (Asked* asked = writing()) {
    if (!write_pieces(*asked)) return;
    asked->phase = Phase::written;
    ++counts_.written;
  }
}

void ClientSession::write_head(Asked& asked) {
  asked.tag = "P" + std::to_string(++counts_.last_tag);
  facts_.asked_anew = facts_.asked_anew || counts_.written == 0;
  output_.append(asked.tag + " ");
  if (is_gate(asked.command.kind())) facts_.capabilities = false;
  if (asked.command.kind() == Kind::idle) facts_.idle = Idle::asked;
}

/// Writes as far as it gets. @returns whether all is written
bool ClientSession::write_pieces(Asked& asked) {
  if (asked.phase == Phase::wants_go || (asked.phase == Phase::content && asked.owed > 0)) return false;
  if (asked.tag.empty()) write_head(asked);
  asked.phase = Phase::queued;
  const auto& pieces = asked.command.pieces();
  while (asked.piece < pieces.size()) {
    const ClientCommand::Piece& piece = pieces[asked.piece];
    const View octets = piece.octets.reveal();
    bool written = true;
    switch (piece.part) {
      case Part::raw: output_.append(octets); break;
      case Part::content: written = write_content(asked, piece); break;
      case Part::mailbox: {
        const bool as_it_is = facts_.utf8 || !codec::is_utf8(octets);
        written = write_literal(asked, as_it_is ? own(octets) : codec::utf7_encode(octets));
        break;
      }
      case Part::string: written = write_literal(asked, octets); break;
    }
    if (!written) return false;
    ++asked.piece;
  }
  if (asked.initial && has("SASL-IR")) {
    const std::string initial = *std::exchange(asked.initial, std::nullopt);
    output_.append(" " + (initial.empty() ? std::string("=") : codec::base64_encode(initial)));
  }
  output_.append("\r\n");
  return true;
}

bool ClientSession::is_eager(std::uint64_t octets) const {
  if (octets > limits_.eager_literal) return false;
  if (has("LITERAL+")) return true;
  return octets <= kSmallLiteral && (has("LITERAL-") || has("IMAP4rev2"));
}

/// A string in the form that carries it. Comes back after the server's continuation for a literal that waits: then its
/// octets are written.
bool ClientSession::write_literal(Asked& asked, View octets) {
  if (std::exchange(asked.asked, false)) {
    output_.append(octets);
    return true;
  }
  if (can_be_quoted(octets, facts_.utf8)) {
    output_.append(quoted(octets));
    return true;
  }
  const bool eager = is_eager(octets.size());
  output_.append("{" + std::to_string(octets.size()) + (eager ? "+}\r\n" : "}\r\n"));
  if (eager) {
    output_.append(octets);
  } else {
    asked.phase = Phase::wants_go;
  }
  return eager;
}

bool ClientSession::write_content(Asked& asked, const ClientCommand::Piece& piece) {
  if (std::exchange(asked.asked, false)) return true;  // all was given
  const bool eager = is_eager(piece.size);
  output_.append(piece.binary ? "~{" : "{");
  output_.append(std::to_string(piece.size) + (eager ? "+}\r\n" : "}\r\n"));
  asked.owed = piece.size;
  asked.phase = eager ? Phase::content : Phase::wants_go;
  return eager && piece.size == 0;
}

void ClientSession::content(View octets) {
  if (counts_.written == commands_.size()) return;
  const std::size_t at = counts_.written;
  Asked& asked = commands_[at];
  if (asked.phase != Phase::content || asked.owed == 0 || octets.empty()) return;
  octets = octets.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(asked.owed, octets.size())));
  output_.append(octets);
  asked.owed -= octets.size();
  asked.asked = asked.owed == 0;
  facts_.asked_anew = true;
  if (asked.owed > 0) return;
  if (!asked.early) return write_more();
  output_.append("\r\n");  // the answer is known: no other content needs to go out
  response::State state = std::move(*asked.early);
  if (auto event = complete(at, std::move(state))) events_.push_back(std::move(*event));
}

void ClientSession::end_idle(Idle how) {
  if (facts_.idle == Idle::asked) facts_.done_asked = true;
  if (facts_.idle != Idle::on) return;
  facts_.idle = how;
  facts_.asked_anew = true;
  output_.append("DONE\r\n");
}

void ClientSession::done() {
  const bool idles = std::ranges::any_of(commands_, [](const Asked& a) { return a.command.kind() == Kind::idle; });
  if (!idles) return;
  facts_.done_asked = true;
  if (facts_.idle == Idle::renewing) facts_.idle = Idle::ending;
  end_idle(Idle::ending);
}

void ClientSession::receive(View octets) {
  if (!facts_.closed) input_.append(octets);
}

ClientEvent ClientSession::next(TimePoint now) {
  times_.now = now;
  if (std::exchange(facts_.asked_anew, false)) times_.active = now;
  if (!events_.empty()) {
    ClientEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  if (facts_.closed) return Closed{};
  framer_.settle(input_);
  if (facts_.upgrading) {
    if (!input_.empty()) return violated("octets before the TLS handshake");
    return facts_.input_ended ? violated("the server left before the TLS handshake") : ClientEvent(NeedInput{});
  }
  if (auto event = read()) return std::move(*event);
  if (facts_.input_ended) return on_end();
  if (auto event = want_content()) return std::move(*event);
  if (auto event = on_time()) return std::move(*event);
  input_.release();
  return NeedInput{};
}

std::optional<ClientEvent> ClientSession::want_content() {
  if (counts_.written == commands_.size()) return std::nullopt;
  Asked& asked = commands_[counts_.written];
  if (asked.phase != Phase::content || asked.owed == 0 || asked.asked) return std::nullopt;
  if (output_.size() >= limits_.content_mark) return std::nullopt;
  asked.asked = true;
  return WantContent{asked.id, asked.owed};
}

ClientEvent ClientSession::on_end() {
  const bool expected = facts_.bye || (facts_.greeted && commands_.empty());
  if (!expected) return violated("the server left in the middle");
  facts_.closed = true;
  return Closed{};
}

std::optional<ClientEvent> ClientSession::on_time() {
  const auto until = deadline();
  if (!until || times_.now < *until) return std::nullopt;
  if (facts_.idle == Idle::on) {
    end_idle(Idle::renewing);
    times_.active = times_.now;
    facts_.asked_anew = false;
    return std::nullopt;
  }
  if (!facts_.bye) return violated("no answer in time");
  facts_.closed = true;
  return Closed{};
}

std::optional<TimePoint> ClientSession::deadline() const {
  if (facts_.closed || facts_.upgrading) return std::nullopt;
  if (facts_.idle == Idle::on && commands_.size() == 1) return times_.idle_since + limits_.idle;
  // While the host owes octets, the server owes nothing.
  const bool host_owes = counts_.written < commands_.size() && commands_[counts_.written].phase == Phase::content;
  const bool waits = !facts_.greeted || facts_.bye || (!commands_.empty() && !host_owes);
  if (!waits) return std::nullopt;
  return times_.active + limits_.answer;
}

ClientEvent ClientSession::violated(View note) {
  facts_.closed = true;
  commands_.clear();
  counts_.written = 0;
  events_.clear();
  return Violation{own(note)};
}

void ClientSession::upgraded(const TlsFacts& facts) {
  input_.clear();
  framer_.reset();
  capabilities_.clear();
  binding_ = facts.exporter;
  facts_.tls = true;
  facts_.upgrading = false;
  facts_.asked_anew = true;
  write_more();
}

}  // namespace posthorn::imap
