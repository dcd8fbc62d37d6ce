// The client side of IMAP (RFC 9051, RFC 3501) without I/O: any number of commands under way, typed responses back.
//
//     const CommandId id = *session.send(ask::select("INBOX"));
//     for (;;) {
//       ClientEvent event = session.next(now);   // Received as often as the server speaks, Completed for each command
//       ...
//     }
//
// Commands are written one behind the other without waiting for answers, except behind those that change what may be
// said: STARTTLS, LOGIN, AUTHENTICATE, ENABLE, LOGOUT, and IDLE, which ends when another command is sent. What the
// server says besides answers is in the same Received events; sequence numbers in commands that are under way together
// are the host's care (RFC 9051 section 5.5). Nothing that came before TLS is used after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/strong.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/client_command.h"
#include "posthorn/protocol/imap/response.h"
#include "posthorn/protocol/imap/response_framer.h"
#include "posthorn/protocol/sasl/mechanism.h"
#include "posthorn/protocol/session.h"

namespace posthorn::imap {

/// One command that was sent; counts up from 1 in a session.
using CommandId = Strong<std::uint64_t, struct CommandIdTag>;

/// What a server may cost the client; each has a test.
struct ClientLimits {
  ResponseLimits response;
  /// Octets of responses between two completed commands, streamed contents not counted.
  std::uint64_t data = std::uint64_t{4} << 30U;
  /// Words of CAPABILITY that are kept.
  std::size_t capabilities = 1000;
  /// Literals up to this many octets are sent without waiting where the server has LITERAL+ (RFC 7888); larger ones
  /// wait, so that a server may refuse them first.
  std::uint64_t eager_literal = 1U << 20U;
  /// Octets of output below which WantContent asks for more.
  std::size_t content_mark = 64U << 10U;
  Duration answer = std::chrono::minutes(5);  ///< without an octet while an answer is owed
  Duration idle = std::chrono::minutes(28);   ///< an IDLE is renewed after this. RFC 2177: within 29 minutes
};

/// The server's first words; `bye` refuses the session and Closed follows, `preauth` needs no login.
struct Greeting {
  response::State state;
};
/// An untagged response.
struct Received {
  response::Data data;
};
/// A content of a message, larger than ResponseLimits::literal, begins; ContentChunk events follow until all octets
/// are there. Received with the whole FETCH comes later and marks it as streamed.
struct ContentBegins {
  response::Begun begun;  ///< what was said of the message before it
  std::uint64_t octets;
};
struct ContentChunk {
  View octets;
  bool last;  ///< the content ends with it
};
/// A response that could not be read; the session goes on behind it.
struct Unreadable {
  std::string text;  ///< its beginning, for the operator
  Error error;
};
/// A command ended. A streamed content that is still owed must be given nevertheless: Completed waits for it.
struct Completed {
  CommandId command;
  response::State state;
};
/// content() may be called; comes again as long as octets are owed and the output has room.
struct WantContent {
  CommandId command;
  std::uint64_t octets;  ///< still owed
};
/// IDLE was accepted.
struct Idling {
  CommandId command;
};
/// Flush, do the handshake, call upgraded(). Completed for the command came before it.
struct StartTls {};

using ClientEvent = std::variant<NeedInput, Greeting, Received, ContentBegins, ContentChunk, Unreadable, Completed,
                                 WantContent, Idling, StartTls, Violation, Closed>;

/// The untagged response of this kind that an event brings, or null. @lifetime of the event
template <class T>
[[nodiscard]] const T* heard(const ClientEvent& event) {
  const auto* received = std::get_if<Received>(&event);
  return received == nullptr ? nullptr : std::get_if<T>(&received->data);
}

class ClientSession {
 public:
  explicit ClientSession(TimePoint now, ClientLimits limits = {});

  /// Queues a command; before the greeting too.
  /// @errors misuse (octets that a command cannot hold), closed
  Result<CommandId> send(ClientCommand command);
  /// AUTHENTICATE with one mechanism (RFC 9051 section 6.2.2, RFC 4959).
  /// @errors misuse (a mechanism that needs what is not there), closed
  Result<CommandId> authenticate(const sasl::MechanismSpec& mechanism, sasl::ClientOptions options);
  /// AUTHENTICATE with the best mechanism that both sides know, or LOGIN. After CAPABILITY is known.
  /// @param clear  send the password without TLS
  /// @errors encryption_needed; unsupported (no way to log in)
  Result<CommandId> log_in(sasl::ClientOptions options, bool clear = false);
  /// Ends IDLE; its Completed follows.
  void done();
  /// Octets of the content that WantContent asks for; what is more than owed is dropped.
  void content(View octets);

  void receive(View octets);
  void receive_end() { facts_.input_ended = true; }
  [[nodiscard]] ClientEvent next(TimePoint now);
  [[nodiscard]] View transmit() const { return output_.view(); }
  void transmitted(std::size_t octets) { output_.consume(octets); }
  /// TLS is there: after StartTls, or before the first octet where TLS is implicit.
  void upgraded(const TlsFacts& facts);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  /// What the server said it can, since TLS and login; empty when it did not say.
  [[nodiscard]] const std::vector<std::string>& capabilities() const { return capabilities_; }
  /// @param word  "UIDPLUS"; ASCII case ignored
  [[nodiscard]] bool has(View word) const;
  /// Whether no command is under way.
  [[nodiscard]] bool idle() const { return commands_.empty(); }
  [[nodiscard]] bool tls() const { return facts_.tls; }

 private:
  enum class Phase : std::uint8_t { queued, wants_go, content, written };
  struct Asked {
    CommandId id;
    ClientCommand command;
    std::string tag;  // empty until it is written
    std::unique_ptr<sasl::ClientExchange> exchange;
    std::optional<std::string> initial;    // first response, not yet written
    std::optional<response::State> early;  // the answer came before all content was given
    std::size_t piece = 0;
    std::uint64_t owed = 0;  // octets of content
    Phase phase = Phase::queued;
    bool asked = false;  // WantContent, or Idling, is out
  };
  enum class Idle : std::uint8_t { none, asked, on, ending, renewing };
  struct Facts {
    bool tls = false;
    bool greeted = false;
    bool upgrading = false;
    bool utf8 = false;
    bool bye = false;
    bool input_ended = false;
    bool closed = false;
    bool asked_anew = false;    // the wait for an answer began after the last next()
    bool done_asked = false;    // done() before IDLE was accepted
    bool capabilities = false;  // said since the login was written
    Idle idle = Idle::none;
  };
  struct Times {
    TimePoint now;
    TimePoint active;
    TimePoint idle_since;
  };
  struct Counts {
    std::size_t written = 0;  // commands at the front that are on the wire as a whole
    std::uint64_t last_id = 0;
    std::uint64_t last_tag = 0;
    std::uint64_t data = 0;  // ClientLimits::data
  };

  Result<CommandId> queue(Asked asked);
  void write_more();
  bool write_pieces(Asked& asked);
  void write_head(Asked& asked);
  bool write_literal(Asked& asked, View octets);
  bool write_content(Asked& asked, const ClientCommand::Piece& piece);
  [[nodiscard]] bool is_eager(std::uint64_t octets) const;
  [[nodiscard]] Asked* writing();
  std::optional<ClientEvent> read();
  std::optional<ClientEvent> on_response(const ResponseFramer::Whole& whole);
  std::optional<ClientEvent> on_continuation(View text);
  std::optional<ClientEvent> on_tagged(response::Tagged tagged);
  std::optional<ClientEvent> complete(std::size_t index, response::State state);
  bool renew_idle(Asked& asked, const response::State& state);
  void answer_challenge(Asked& asked, View text);
  std::optional<ClientEvent> on_untagged(response::Data data);
  ClientEvent on_greeting(response::Data data);
  std::optional<ClientEvent> want_content();
  ClientEvent on_end();
  std::optional<ClientEvent> on_time();
  void learn(const response::Code& code);
  void learn(const response::Capability& capability);
  void end_idle(Idle how);
  ClientEvent violated(View note);

  ClientLimits limits_;
  ResponseFramer framer_;
  Buffer input_;
  Buffer output_;
  std::deque<Asked> commands_;
  std::deque<ClientEvent> events_;
  std::vector<std::string> capabilities_;
  std::string binding_;
  Times times_;
  Counts counts_;
  Facts facts_;
};

}  // namespace posthorn::imap
