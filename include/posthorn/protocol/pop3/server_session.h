// The server side of POP3 (RFC 1939) without I/O: octets in, events out.
//
// It knows framing, order, limits, numbers and marks, and answers STAT, LIST, UIDL, DELE and the like alone; who may
// log in, the octets of a message and the removal are asked of the host by events. Commands may be pipelined (RFC 2449
// section 6.6); while an answer is owed, no further command is looked at.
//
//     for (;;) {
//       Event event = session.next(now);        // Login -> open() or refuse(), Fetch -> content(), Update -> done()
//       send(session.transmit());
//     }
//
// There is no lock on the maildrop: message numbers and marks belong to the session, unique ids to the messages, and
// removing twice does no harm, so several sessions may be open. [IN-USE] is there for hosts that want a lock: refuse
// the login with Code::conflict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "posthorn/bytes/buffer.h"
#include "posthorn/grammar/frame/dot.h"
#include "posthorn/grammar/frame/head.h"
#include "posthorn/grammar/frame/line.h"
#include "posthorn/protocol/pop3/spec.h"

namespace posthorn::pop3 {

class ServerSession {
 public:
  /// Greets at once: transmit() holds the greeting.
  /// @param commands rows in the order of their names; the library's own by default. @lifetime outlive the session
  ServerSession(ServerOptions options, TimePoint now, std::span<const CommandSpec> commands = all_commands());

  void receive(View octets);
  void receive_end();
  /// At most one event; NeedInput also while an answer is owed.
  [[nodiscard]] Event next(TimePoint now);

  /// Answers Login, Auth or AuthResponse: logged in, these are the messages.
  void open(Ticket ticket, Maildrop maildrop, View notice = {});
  /// Answers Auth or AuthResponse with a challenge. Additional data of a success is a challenge too (RFC 5034 section
  /// 4).
  void challenge(Ticket ticket, View octets);
  /// Answers Fetch. Fewer octets than were asked for mean that the store lost some: the connection is cut.
  void content(Ticket ticket, View octets);
  /// Answers Upgrade or Update: it is so.
  void done(Ticket ticket);
  /// Answers any event negatively.
  void refuse(Ticket ticket, const Error& error);

  [[nodiscard]] View transmit() const { return out_.view(); }
  void transmitted(std::size_t octets) { out_.consume(octets); }
  /// TLS stands: after done() of an Upgrade, or before the first octet where TLS is implicit.
  void upgraded(const TlsFacts& facts);
  /// Replaces the names that AUTH offers; empty: AUTH is not offered.
  void offer(std::string mechanisms) { options_.mechanisms = std::move(mechanisms); }
  /// The service stops: closes after the answer that is owed, removes nothing.
  void stop() { flags_.stopping = true; }

  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Maildrop& maildrop() const { return maildrop_; }
  /// Whether an answer is owed.
  [[nodiscard]] bool owes() const { return owed_.kind != Owed::Kind::nothing; }

 private:
  enum class Mode : std::uint8_t { commands, auth_response, listing, sending, upgrade };

  struct Owed {
    enum class Kind : std::uint8_t { nothing, login, auth, upgrade, fetch, update };
    Kind kind = Kind::nothing;
    std::uint64_t number = 0;
  };
  /// The long answer that is being written.
  struct Answer {
    Listing listing{};
    std::size_t item = 0;
    std::size_t index = 0;
    std::uint64_t offset = 0;
    bool begun = false;
    std::optional<frame::HeadCutter> head;
    frame::DotEncoder dots;
  };
  struct Flags {
    bool tls = false, ended = false, stopping = false;
  };
  struct Counts {
    std::uint32_t errors = 0, logins = 0;
    std::uint64_t tickets = 0;
  };

  [[nodiscard]] Facts facts() { return {options_, state_, flags_.tls, maildrop_, user_, commands_}; }
  Ticket owe(Owed::Kind kind);
  Owed::Kind settle(const Ticket& ticket);
  void change(Change change) { state_ = after(state_, change); }

  std::optional<Event> step(TimePoint now);
  std::optional<Event> read_command(const frame::Line& line);
  std::optional<Event> read_response(const frame::Line& line);
  std::optional<Event> cancel(Code code);
  std::optional<Event> begin(Deed deed);
  std::optional<Event> leave();
  void list();
  Event fetch();
  void end_message();
  void refuse_fetch(const Error& error);
  void ok(View text);
  void err(Code code, Lasting lasting = Lasting::permanent);
  void close() { change(Change::broken); }

  ServerOptions options_;
  std::span<const CommandSpec> commands_;
  State state_ = State::authorization;
  Mode mode_ = Mode::commands;
  Buffer in_;
  Buffer out_;
  frame::LineFramer framer_;
  Maildrop maildrop_;
  std::string user_;
  Owed owed_;
  Answer answer_;
  Counts counts_;
  TimePoint active_;
  std::string broken_;  // note of the Violation that is still to be reported
  Flags flags_;
};

}  // namespace posthorn::pop3
