// The client side of POP3 (RFC 1939) without I/O: say what to ask, hear the answers in the same order.
//
//     session.login("ann", password);
//     session.uidl();
//     session.retr(1);
//     session.quit();
//     for (;;) {
//       Event event = session.next(now);      // Reply, then Item or Content pieces and End where the answer has more
//       lines send(session.transmit());
//     }
//
// Commands wait until the answer before them is there, or go out at once after pipeline(true), which is for servers
// that say PIPELINING. A password is not sent when the name was refused. Nothing that the server said before TLS is
// used after it: octets behind the answer to STLS end the session (RFC 2595 section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/frame/dot.h"
#include "posthorn/grammar/frame/line.h"
#include "posthorn/protocol/session.h"

namespace posthorn::pop3 {

/// What a server may cost the client; each has a test.
struct ClientLimits {
  /// Longest line of an answer with CRLF, in octets; lines of messages may be of any length. RFC 2449 section 4: 512.
  std::size_t line = 2048;
  /// Lines of a list.
  std::size_t items = 1'000'000;
  /// Without an octet of an answer that is owed.
  Duration answer = std::chrono::minutes(5);
};

/// Which command an answer belongs to.
enum class Verb : std::uint8_t {
  greeting,
  capa,
  stls,
  auth,
  user,
  pass,
  stat,
  list,
  uidl,
  retr,
  top,
  dele,
  noop,
  rset,
  utf8,
  quit,
};

/// The first line of an answer. After an accepted CAPA, LIST, UIDL, RETR or TOP more events follow, up to End.
struct Reply {
  Verb verb;
  bool ok;
  View code;  ///< "SYS/TEMP" of "[SYS/TEMP]", or empty
  View text;  ///< without the code
};
/// One line of CAPA, LIST or UIDL.
struct Item {
  Verb verb;
  View line;
};
/// A piece of the message of RETR or TOP, line ends CRLF, dots single.
struct Content {
  View chunk;
};
struct End {
  Verb verb;
};
/// Owes respond() or cancel().
struct Challenge {
  std::string octets;  ///< decoded
};
/// STLS was accepted: do the handshake, then call upgraded().
struct StartTls {};

using ClientEvent = std::variant<NeedInput, Reply, Item, Content, End, Challenge, StartTls, Violation, Closed>;

/// "2 120" or "2 unique-id", as LIST and UIDL say it.
struct Numbered {
  std::uint32_t number;
  View rest;
};
/// @errors syntax
[[nodiscard]] Result<Numbered> parse_numbered(View line);

class ClientSession {
 public:
  explicit ClientSession(TimePoint now, ClientLimits limits = {})
      : limits_(limits), framer_(limits.line), active_(now) {}

  void capa() { ask(Verb::capa, "CAPA"); }
  void stls() { ask(Verb::stls, "STLS"); }
  void utf8() { ask(Verb::utf8, "UTF8"); }
  /// USER and PASS. @errors misuse: a CR, LF or NUL in them; nothing is sent
  Result<void> login(View user, const Secret& password);
  /// AUTH; challenges follow as events. @errors misuse: `mechanism` is no mechanism name
  Result<void> auth(View mechanism, std::optional<View> initial);
  /// Answers a Challenge.
  void respond(View octets);
  /// Gives the exchange up; the server refuses then.
  void cancel();
  void stat() { ask(Verb::stat, "STAT"); }
  void list() { ask(Verb::list, "LIST"); }
  void uidl() { ask(Verb::uidl, "UIDL"); }
  void retr(std::uint32_t number) { ask(Verb::retr, "RETR " + std::to_string(number)); }
  void top(std::uint32_t number, std::uint64_t lines) {
    ask(Verb::top, "TOP " + std::to_string(number) + " " + std::to_string(lines));
  }
  void dele(std::uint32_t number) { ask(Verb::dele, "DELE " + std::to_string(number)); }
  void noop() { ask(Verb::noop, "NOOP"); }
  void rset() { ask(Verb::rset, "RSET"); }
  /// Messages are removed when its answer is ok; Closed follows.
  void quit() { ask(Verb::quit, "QUIT"); }

  /// Whether commands go out before the answers to those before them.
  void pipeline(bool on) { pipelining_ = on; }

  void receive(View octets);
  void receive_end() { ended_ = true; }
  [[nodiscard]] ClientEvent next(TimePoint now);
  [[nodiscard]] View transmit() const { return out_.view(); }
  void transmitted(std::size_t octets) { out_.consume(octets); }
  void upgraded(const TlsFacts& facts);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  /// Whether nothing more is to be asked or heard.
  [[nodiscard]] bool idle() const { return mode_ == Mode::replies && asked_.empty(); }

 private:
  enum class Mode : std::uint8_t { greeting, replies, items, content, challenge, tls, closed };

  struct Asked {
    Verb verb;
    Secret line;
  };

  void ask(Verb verb, std::string line);
  void send_more();
  ClientEvent read_reply(View line);
  ClientEvent read_item(View line);
  std::optional<ClientEvent> read_content();
  std::optional<ClientEvent> read(TimePoint now);
  ClientEvent violated(View note);
  void finish_one();

  ClientLimits limits_;
  Mode mode_ = Mode::greeting;
  Buffer in_;
  Buffer out_;
  frame::LineFramer framer_;
  frame::DotDecoder dots_;
  std::deque<Asked> asked_;  // the first sent_ of them are on the wire
  std::size_t sent_ = 0;
  std::size_t items_ = 0;
  std::size_t spent_ = 0;  // octets of the input whose views end with the next call
  TimePoint active_;
  bool asked_anew_ = false;  // the wait for an answer began after the last next()
  bool pipelining_ = false;
  bool ended_ = false;
};

}  // namespace posthorn::pop3
