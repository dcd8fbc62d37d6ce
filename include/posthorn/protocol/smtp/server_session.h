// The server side of SMTP (RFC 5321) and LMTP (RFC 2033) without I/O: octets in, events out, replies in wire order.
//
// It knows framing, order, limits and the state table; who may log in, which recipients exist and where a message
// goes is asked of the host by events. Commands may be pipelined (RFC 2920): one that depends on an answer that is owed
// is not looked at before the answer is given, so the host never sees a command that its own answers would refuse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/grammar/frame/dot.h"
#include "posthorn/grammar/frame/line.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/protocol/smtp/reply_queue.h"
#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp {

class ServerSession {
 public:
  /// Greets at once: transmit() holds the 220; or after ServerOptions::greet_delay.
  ServerSession(ServerOptions options, TimePoint now);

  void receive(View octets);
  void receive_end();
  /// At most one event; NeedInput also while a reply is owed that the next command depends on.
  [[nodiscard]] Event next(TimePoint now);

  /// Answers an event. In LMTP a single reply to BodyEnd counts for every recipient.
  void reply(Ticket ticket, const Reply& reply);
  /// LMTP: answers BodyEnd, one reply for each accepted recipient in the order of their RCPT.
  void reply(Ticket ticket, std::span<const Reply> replies);
  /// Answers Auth or AuthResponse with a challenge (334).
  void challenge(Ticket ticket, View octets);

  [[nodiscard]] View transmit() const { return replies_.transmit(); }
  void transmitted(std::size_t octets) { replies_.transmitted(octets); }
  /// TLS stands: after a positive reply to Upgrade, or before the first octet where TLS is implicit.
  void upgraded(const TlsFacts& facts);
  /// Replaces the names that AUTH offers; empty: AUTH is not offered.
  void offer(std::string mechanisms) { options_.mechanisms = std::move(mechanisms); }
  /// The service stops: 421 after the answers that are owed, then Closed.
  void stop() { flags_.stopping = true; }

  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const State& state() const { return state_; }
  /// Whether EHLO or LHLO was said last, not HELO.
  [[nodiscard]] bool extended() const { return flags_.extended; }
  /// Whether the present transaction was announced with SMTPUTF8.
  [[nodiscard]] bool utf8() const { return state_.announced.utf8; }
  /// Whether an answer is owed.
  [[nodiscard]] bool owes() const { return replies_.owed() > 0; }

 private:
  enum class Mode : std::uint8_t { greeting, commands, content, chunk, responses, upgrade, closed };

  /// What is being read after DATA or BDAT.
  struct Content {
    std::uint64_t octets = 0;      ///< of the message so far
    std::uint64_t chunk_left = 0;  ///< of the present BDAT
    std::uint64_t chunk_size = 0;
    bool chunk_last = false;
    std::optional<Reply> refused;  ///< said at the end; until then octets are dropped
    frame::DotDecoder dot;         ///< of DATA
    frame::TextScanner text;       ///< of BDAT
  };
  struct Counts {
    std::uint32_t errors = 0, refusals = 0, logins = 0, transactions = 0;
  };
  struct Times {
    TimePoint begin, active;
    TimePoint now;         ///< as next() had it last
    bool touched = false;  ///< something happened since `active` was set
  };
  struct Flags {
    bool extended = false;
    bool talked_early = false;
    bool reset_due = false;
    bool input_ended = false;
    bool stopping = false;
  };

  [[nodiscard]] Facts facts() const;
  std::optional<Event> step();
  std::optional<Event> read_command();
  std::optional<Event> run(const CommandSpec& spec, View arguments);
  std::optional<Event> settle_now(const CommandSpec& spec, const Reply& reply);
  std::optional<Event> refuse_group(const CommandSpec& spec);
  void greet();
  [[nodiscard]] std::string greeting_text() const;
  std::optional<Event> hold_greeting();
  Event hand_out(const CommandSpec& spec, Event event);
  void remember_domain(View domain);
  void begin_chunk(const Chunk& chunk);
  std::optional<Event> read_content();
  std::optional<Event> read_chunk();
  std::optional<Event> end_content(Verb verb);
  std::optional<Event> pass(View octets);
  std::optional<Event> read_response();
  Event cancel_login(Said why);
  Event need_input();
  void answered(Verb verb, bool positive);
  void apply(Verb verb, bool positive, std::uint64_t octets = 0);
  void say_now(const Reply& reply);
  void count(std::uint32_t& counter, std::uint32_t limit, Said over);
  [[nodiscard]] std::string hello_text() const;
  void drop_line();
  void close(const Reply& last);
  void close();

  ServerOptions options_;
  State state_;
  Mode mode_ = Mode::commands;
  Buffer input_;
  ReplyQueue replies_;
  frame::LineFramer framer_;
  Content content_;
  Counts counts_;
  Times times_;
  Flags flags_;
  Announced announced_;               // by the MAIL that was handed out last
  std::vector<std::string> domains_;  // of recipients, where they have a limit
  std::size_t spent_ = 0;             // octets of the input whose views end with the next call
};

}  // namespace posthorn::smtp
