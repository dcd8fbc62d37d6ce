// The one shape of all protocol machines, and what a driver sees of one that is bound to its host.
//
// A Session is deterministic and knows no socket, clock or thread: octets go in, events come out, octets to send are
// pulled. A Conversation is a session together with the code that answers its events; io/drive.h runs it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"

namespace posthorn {

/// The event that says: nothing more to do until octets or the deadline arrive.
struct NeedInput {};

/// The peer broke the protocol so badly that the session only drains and closes.
struct Violation {
  std::string note;  ///< for the operator
};

/// The session is over: flush what transmit() still holds, then close.
struct Closed {};

/// What a session may know about the TLS layer below it.
struct TlsFacts {
  std::string version;      ///< "TLSv1.3"
  std::string cipher;       ///< the suite's standard name
  std::string server_name;  ///< SNI that the client sent, or empty
  std::string exporter;     ///< 32 octets of EXPORTER-Channel-Binding (RFC 9266), or empty when not available
  std::string peer_subject; ///< subject of a verified client certificate, or empty
  std::vector<std::string> peer_addresses;  ///< mail addresses in it (RFC 5280 section 4.2.1.6): whom it names
};

/// The six verbs of every protocol machine.
template <class S>
concept Session = requires(S s, View v, std::size_t n, TimePoint now) {
  s.receive(v);                                                           // stores, never parses
  s.receive_end();                                                        // peer half-closed
  s.next(now);                                                            // at most one event
  { s.transmit() } -> std::convertible_to<View>;                          // what the wire should get
  s.transmitted(n);                                                       // so many octets of it are gone
  { s.deadline() } -> std::convertible_to<std::optional<TimePoint>>;      // call next() then at the latest
};

/// Owed answer to one event. Move-only; the session matches it with the place in its output.
class Ticket {
 public:
  Ticket() = default;
  explicit Ticket(std::uint64_t number) : number_(number) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  Ticket(Ticket&& other) noexcept : number_(std::exchange(other.number_, 0)) {}
  Ticket& operator=(Ticket&& other) noexcept {
    number_ = std::exchange(other.number_, 0);
    return *this;
  }
  ~Ticket() = default;
  /// 0 for a ticket that is used or was never given out.
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  std::uint64_t number_ = 0;
};

/// What a Conversation wants of its driver.
enum class Wants : std::uint8_t {
  input,    ///< read from the peer, until deadline() or a wake-up
  again,    ///< call next() again; flush first when transmit() holds something
  work,     ///< call work() on a thread that may block, then next() again
  pause,    ///< do not read; call next() again at deadline() (a delayed refusal)
  upgrade,  ///< flush, drop all plaintext that is read ahead, do the TLS handshake, call upgraded()
  close,    ///< flush and close
};

/// A session bound to the code that answers its events. One thread at a time calls it.
class Conversation {
 public:
  virtual ~Conversation() = default;

  virtual void receive(View octets) = 0;
  virtual void receive_end() = 0;
  /// Handles at most one event. Never blocks.
  [[nodiscard]] virtual Wants next(TimePoint now) = 0;
  /// The blocking part (store, password hashing) of what next() found.
  virtual void work(TimePoint now) = 0;
  /// @lifetime until the next non-const call
  [[nodiscard]] virtual View transmit() const = 0;
  virtual void transmitted(std::size_t octets) = 0;
  [[nodiscard]] virtual std::optional<TimePoint> deadline() const = 0;
  virtual void upgraded(const TlsFacts& facts) = 0;
  /// The server stops: say goodbye in the protocol's words; next() then leads to close.
  virtual void stop() = 0;
  /// Gives the function that makes the driver call next() soon; callable from any thread, for as long as the
  /// Conversation lives.
  virtual void set_wake(std::function<void()> wake) = 0;
};

}  // namespace posthorn
