// The client side of ManageSieve (RFC 5804) without I/O: say what to ask, hear the answers in the same order.
//
//     session.authenticate(*sasl::find_mechanism("PLAIN"), {.login = "ann", .password = password});
//     session.put("holiday", script);
//     session.activate("holiday");
//     session.logout();
//     for (;;) {
//       Event event = session.next(now);   // Capability, Listed and Script items, then the Reply that they belong to
//       send(session.transmit());
//     }
//
// A command is sent when the answer to the one before it is there. Nothing that the server said before TLS is used
// after it: octets behind the answer to STARTTLS end the session, and behind the handshake the server tells its
// capabilities again, which come as those of the greeting do. A login counts only when the server has proved what its
// mechanism lets it prove.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/managesieve/message_reader.h"
#include "posthorn/protocol/sasl/mechanism.h"
#include "posthorn/protocol/session.h"

namespace posthorn::managesieve {

/// What a server may cost the client; each has a test.
struct ClientLimits {
  /// Longest line of an answer with CRLF, in octets, literals not counted.
  std::size_t line = 16384;
  /// Longest literal, and longest answer line with its literals, in octets: a script.
  std::uint64_t script = 8U << 20U;
  /// Lines of a list.
  std::size_t items = 10'000;
  /// Without a whole line of an answer that is owed.
  Duration answer = std::chrono::minutes(5);
};

/// Which command an answer belongs to.
enum class Verb : std::uint8_t {
  unasked,  ///< a BYE that answers nothing
  greeting,
  authenticate,
  starttls,
  logout,
  capability,
  have_space,
  put,
  list,
  activate,
  get,
  remove,
  rename,
  check,
  noop,
  unauthenticate,
};

enum class Status : std::uint8_t { ok, no, bye };

/// The last line of an answer. After bye, Closed follows.
struct Heard {
  Verb verb;
  Status status;
  View code;      ///< "QUOTA/MAXSIZE", or empty
  View argument;  ///< of a code that has one, as TAG and REFERRAL do
  View text;      ///< for people; several lines for a script that is wrong
};
/// A line of the greeting or of CAPABILITY.
struct Capability {
  View name;
  View value;
};
/// A line of LISTSCRIPTS.
struct Listed {
  View name;
  bool active;
};
/// What GETSCRIPT gives.
struct Script {
  View octets;
};
/// STARTTLS was accepted: do the handshake, then call upgraded().
struct StartTls {};

using ClientEvent = std::variant<NeedInput, Capability, Listed, Script, Heard, StartTls, Violation, Closed>;

class ClientSession {
 public:
  explicit ClientSession(TimePoint now, ClientLimits limits = {})
      : limits_(limits), reader_(MessageReader::Peer::server, limits.line, 0), active_(now) {}

  void capability() { ask(Verb::capability, "CAPABILITY"); }
  void starttls() { ask(Verb::starttls, "STARTTLS"); }
  /// Logs in. @errors those of the mechanism; nothing is sent
  Result<void> authenticate(const sasl::MechanismSpec& mechanism, sasl::ClientOptions options);
  void unauthenticate() { ask(Verb::unauthenticate, "UNAUTHENTICATE"); }
  void have_space(View name, std::uint64_t octets);
  void put(View name, View script);
  void check(View script);
  void list() { ask(Verb::list, "LISTSCRIPTS"); }
  void get(View name);
  /// @param name  empty: no script is active afterwards
  void activate(View name);
  void remove(View name);
  void rename(View from, View to);
  void noop(std::optional<View> tag = {});
  /// Closed follows its answer.
  void logout() { ask(Verb::logout, "LOGOUT"); }

  void receive(View octets);
  void receive_end() { ended_ = true; }
  [[nodiscard]] ClientEvent next(TimePoint now);
  [[nodiscard]] View transmit() const { return out_.view(); }
  void transmitted(std::size_t octets) { out_.consume(octets); }
  void upgraded(const TlsFacts& facts);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  /// Whether nothing more is to be asked or heard.
  [[nodiscard]] bool idle() const { return mode_ == Mode::answers && asked_.empty(); }

 private:
  enum class Mode : std::uint8_t { answers, tls, closed };

  struct Asked {
    Verb verb;
    Secret line;
    std::unique_ptr<sasl::ClientExchange> exchange{};
  };
  /// What the views of the last event look at.
  struct Parsed {
    std::string first, second, text;
  };

  void ask(Verb verb, std::string line, std::unique_ptr<sasl::ClientExchange> exchange = {});
  void send_more();
  std::optional<ClientEvent> read(TimePoint now);
  std::optional<ClientEvent> read_item(Cursor& c);
  std::optional<ClientEvent> read_challenge(View octets);
  ClientEvent read_status(Cursor& c);
  ClientEvent finish(Heard heard);
  bool believe(const Heard& heard);
  ClientEvent violated(View note);

  ClientLimits limits_;
  Mode mode_ = Mode::answers;
  Buffer in_;
  Buffer out_;
  MessageReader reader_;
  std::deque<Asked> asked_ = first();  // the first of them is on the wire when waiting_
  Parsed parsed_;
  std::size_t items_ = 0;
  TimePoint active_;
  bool waiting_ = true;      // an answer is owed
  bool asked_anew_ = false;  // the wait for it began after the last next()
  bool ended_ = false;

  [[nodiscard]] static std::deque<Asked> first();
};

}  // namespace posthorn::managesieve
