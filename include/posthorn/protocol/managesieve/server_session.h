// The server side of ManageSieve (RFC 5804) without I/O: octets in, events out.
//
// It knows framing, order, limits and words. Who may log in is asked of the host by events; scripts are asked for
// through the port Scripts, in work(), which is the only call that may block. Commands may be pipelined; they run one
// after the other, in the order in which they came.
//
//     for (;;) {
//       Event event = session.next(now);   // Auth -> challenge(), open() or refuse(); Work -> work(); Upgrade ->
//       done() send(session.transmit());
//     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "posthorn/bytes/buffer.h"
#include "posthorn/protocol/managesieve/message_reader.h"
#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve {

class ServerSession {
 public:
  /// Greets with the first next(), so that offer() and implicit TLS can come before.
  /// @param commands rows in the order of their names; the library's own by default. @lifetime outlive the session
  ServerSession(ServerOptions options, TimePoint now, std::span<const CommandSpec> commands = all_commands());

  void receive(View octets);
  void receive_end() { flags_.ended = true; }
  /// At most one event; NeedInput also while an answer is owed.
  [[nodiscard]] Event next(TimePoint now);
  /// Does what the last Work was for.
  void work();

  /// Answers Auth or AuthResponse: logged in.
  /// @param owner    who it is, told as OWNER
  /// @param scripts  @lifetime until Forgotten, or as the session
  /// @param data     additional data of the mechanism's success (RFC 5804 section 2.1); may be empty
  /// @param notice   for people; may be empty
  void open(Ticket ticket, View owner, Scripts& scripts, View data = {}, View notice = {});
  /// Answers Auth or AuthResponse with a challenge.
  void challenge(Ticket ticket, View octets);
  /// Answers Auth or AuthResponse: the scripts of this user are on another server. The session is over.
  /// @param url  "sieve://mail2.example.org"
  void refer(Ticket ticket, View url);
  /// Answers Upgrade.
  void done(Ticket ticket);
  /// Answers any event negatively.
  void refuse(Ticket ticket, const Error& error);

  [[nodiscard]] View transmit() const { return out_.view(); }
  void transmitted(std::size_t octets) { out_.consume(octets); }
  /// TLS stands: after done() of an Upgrade, or before the first next() where TLS is implicit. Tells the capabilities.
  void upgraded(const TlsFacts& facts);
  /// Replaces the names that AUTHENTICATE offers; empty: none.
  void offer(std::string mechanisms) { options_.mechanisms = std::move(mechanisms); }
  /// The service stops: says BYE after the answer that is owed.
  void stop() { flags_.stopping = true; }

  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] State state() const { return state_; }
  /// Whether an answer is owed.
  [[nodiscard]] bool owes() const { return owed_.kind != Owed::Kind::nothing; }

 private:
  enum class Mode : std::uint8_t { greeting, commands, auth_response, upgrade };

  struct Owed {
    enum class Kind : std::uint8_t { nothing, auth, upgrade };
    Kind kind = Kind::nothing;
    std::uint64_t number = 0;
  };
  struct Flags {
    bool tls = false, ended = false, stopping = false;
  };
  struct Counts {
    std::uint32_t errors = 0, logins = 0;
    std::uint64_t tickets = 0;
  };
  struct Times {
    TimePoint active;          ///< of the last whole command
    TimePoint stranger_since;  ///< nobody has been logged in since then
  };

  [[nodiscard]] Facts facts() const { return {options_, state_, flags_.tls, owner_}; }
  Ticket owe(Owed::Kind kind);
  Owed::Kind settle(const Ticket& ticket);
  void change(Change change) { state_ = after(state_, change); }

  void greet();
  std::optional<Event> step(TimePoint now);
  std::optional<Event> take_message(TimePoint now);
  std::optional<Event> take_refused();
  void take_announced();
  [[nodiscard]] std::optional<Reply> objection() const;
  std::optional<Event> read_command(TimePoint now);
  std::optional<Event> read_response();
  std::optional<Event> cancel(const Reply& reply, bool by_fault);
  std::optional<Event> begin(Deed deed, TimePoint now);
  void answer(const Answer& answer);
  void say(View status, View code, View text);
  void say(const Reply& reply) { say(reply.status, reply.code, reply.text); }
  void fault(const Reply& reply);
  void bye(const Reply& reply, View note = {});

  ServerOptions options_;
  std::span<const CommandSpec> commands_;
  State state_ = State::unauthenticated;
  Mode mode_ = Mode::greeting;
  Buffer in_;
  Buffer out_;
  MessageReader reader_;
  std::optional<Reply> objection_;  // to the message that is being skipped
  Owed owed_;
  std::optional<Task> task_;
  Scripts* scripts_ = nullptr;  // null: nobody is logged in
  std::string owner_;
  Counts counts_;
  Times times_;
  std::string broken_;  // note of the Violation that is still to be reported
  Flags flags_;
};

}  // namespace posthorn::managesieve
