// The server side of one IMAP connection: frames commands, dispatches them by rows, writes their answers.
//
// Knows no socket, clock or thread. What a command does is in its row (spec.h); whom it lets in, the host says (Gate).
// Commands run one after the other, in the order in which they came. work() is the only call that may block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/frame/line.h"
#include "posthorn/grammar/frame/literal.h"
#include "posthorn/protocol/imap/responder.h"
#include "posthorn/protocol/imap/spec.h"
#include "posthorn/protocol/imap/state.h"
#include "posthorn/protocol/session.h"

namespace posthorn::imap {

/// A command has something to do: call work(), flush, call next().
struct Work {};
/// Nothing is read and nothing is done until deadline().
struct Pause {};
/// Flush, shake hands, call upgraded().
struct Upgrade {};
using Event = std::variant<NeedInput, Work, Pause, Upgrade, Violation, Closed>;

/// What a driver does about an event.
[[nodiscard]] Wants wants(const Event& event);

struct ServerOptions {
  std::string host_name;
  bool starttls = false;     ///< offer STARTTLS
  bool clear_login = false;  ///< accept credentials without TLS
  Limits limits;
  Identity identity{};
  /// The ManageSieve server with the scripts that run behind IMAP commands (RFC 6785 section 2.1); empty: none run.
  std::string sieve_url{};
};

class CompressedWire;

class ServerSession {
 public:
  /// @param rows  from sorted(). @lifetime rows and gate outlive the session
  ServerSession(std::span<const CommandSpec> rows, ServerOptions options, Gate& gate, TimePoint now);
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;
  ~ServerSession();

  void receive(View octets);
  void receive_end() { input_.ended = true; }
  [[nodiscard]] Event next(TimePoint now) {
    Event event = next_event(now);
    pack();
    return event;
  }
  /// Does a bounded piece of what the last Work was for.
  /// @param wall  what searches by age compare with
  void work(TimePoint now, WallTime wall) {
    do_work(now, wall);
    pack();
  }
  [[nodiscard]] View transmit() const;
  void transmitted(std::size_t octets);
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  /// TLS is on: before the first next() (implicit TLS) or after Upgrade.
  void upgraded(const TlsFacts& facts);
  /// Says BYE as soon as no answer is half written.
  void stop();

  [[nodiscard]] Phase phase() const { return state_.phase(); }

 private:
  enum class Mode : std::uint8_t { greeting, commands, upgrading, closed };
  /// Octets that the client announced.
  struct Literal {
    enum class Use : std::uint8_t { none, argument, stream, refused };
    Use use = Use::none;
    std::uint64_t left = 0;
    bool waits = false;  ///< the client waits for "+" before it sends them
  };
  struct Input {
    explicit Input(std::size_t line) : framer(line) {}
    Buffer octets;
    frame::LineFramer framer;
    Literal literal;
    bool ended = false;
    bool fresh = true;  ///< came since the last next()
    TimePoint last;
  };
  struct Running {
    std::string text;  ///< what came of it: lines and literals; empty once it runs
    std::string tag;
    const CommandSpec* spec = nullptr;
    std::unique_ptr<Execution> execution;
    Progress progress = Progress::more;
    std::optional<News> news;  ///< told between the answer and the tagged line
    bool unheard = false;      ///< what others changed could not be read: it is told later
  };

  void greet();
  Event next_event(TimePoint now);
  void do_work(TimePoint now, WallTime wall);
  void pack();
  void start_compression();
  bool unpack();
  Event out_of_input();
  std::optional<Event> read_command();
  bool collect_literal();
  std::optional<Event> take_line(const frame::Line& line);
  std::optional<Event> announced(const frame::Literal& mark);
  std::optional<Event> refuse_literal(const std::optional<frame::Literal>& mark);
  std::optional<Event> lose_stream();
  void guess_tag();
  bool find_row(Cursor& c);
  bool begin(Cursor& arguments);
  void dispatch();
  Event run(TimePoint now);
  bool continue_with_line();
  void complete();
  void add_code();
  bool report_changes();
  void write_refusal();
  void forget_command();
  void bye(const Reply& reply);
  void count_error();
  [[nodiscard]] bool waits() const;
  [[nodiscard]] bool watches() const;
  [[nodiscard]] bool reports_selected() const;

  State state_;
  ServerOptions options_;
  Buffer output_;
  Responder responder_;
  std::unique_ptr<CompressedWire> wire_;  // null: octets go as they are
  Input input_;
  Running command_;
  Mode mode_ = Mode::greeting;
  bool stopping_ = false;
  std::uint32_t errors_ = 0;
  TimePoint stranger_since_;
};

}  // namespace posthorn::imap
