// One connection, plain or TLS, upgradable in place; every wait has a deadline.
//
// A Stream lives on one Asio executor and is used by one coroutine. It keeps no octets: what the socket has is read
// into the caller's memory at the moment it is there, so that an idle connection costs next to nothing and nothing that
// came before a TLS handshake survives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/io/tls.h"
#include "posthorn/io/tls_client.h"
#include "posthorn/io/worker.h"
#include "posthorn/protocol/session.h"

namespace posthorn::io {

struct StreamLimits {
  Duration handshake = std::chrono::seconds(30);  ///< for a whole TLS handshake
  /// A peer must take kWriteStep octets, or all there is, in this time; a slower reader is cut (RFC 5321
  /// section 4.5.3.2 lets a sender wait minutes).
  Duration write = std::chrono::minutes(3);
  Duration linger = std::chrono::seconds(2);  ///< after the last octet: for the peer to close first
};

/// See StreamLimits::write.
inline constexpr std::size_t kWriteStep = 64U << 10U;

/// What wait() may wait for and what it saw; a set.
enum Ready : unsigned { kReadable = 1, kWritable = 2, kWoken = 4, kDeadline = 8 };

class TlsSession;

class Stream {
 public:
  /// Takes over a connected socket.
  /// @param tls  for upgrade(); null: no TLS here. @lifetime outlives the Stream
  Stream(asio::any_io_executor executor, int socket, const TlsServer* tls, StreamLimits limits = {});
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  [[nodiscard]] TimePoint now() const;
  [[nodiscard]] const asio::any_io_executor& executor() const;

  /// Octets that are there now. @returns their number; 0 at the end of the stream; nullopt when a wait is needed
  /// @errors closed
  [[nodiscard]] Result<std::optional<std::size_t>> read_now(std::span<char> into);
  /// What the socket takes now, perhaps nothing. @errors closed
  [[nodiscard]] Result<std::size_t> write_now(View octets);

  /// Waits for one of `wanted`, a wake() or the deadline. kReadable and kWritable mean that read_now() or write_now()
  /// may get further now (under TLS each may wait for either direction).
  asio::awaitable<unsigned> wait(unsigned wanted, std::optional<TimePoint> deadline);

  /// Octets as soon as there are some; 0 at the end. @errors timed_out, closed
  asio::awaitable<Result<std::size_t>> read_some(std::span<char> into, std::optional<TimePoint> deadline);
  /// All of `octets`, under StreamLimits::write. @errors timed_out, closed
  asio::awaitable<Result<void>> write(View octets);

  /// The server's side of a TLS handshake, under StreamLimits::handshake.
  /// @errors misuse (no TlsServer, or TLS already), timed_out, closed, syntax (the peer speaks no TLS that we accept)
  asio::awaitable<Result<TlsFacts>> upgrade();
  /// The client's side, under StreamLimits::handshake. Unless the demand is met, the connection is of no use any more.
  /// @lifetime `client` outlives the call
  asio::awaitable<TlsOutcome> upgrade(const TlsClient& client, tls::Demand demand);

  /// Says goodbye, lets the peer read what is on its way, and closes.
  asio::awaitable<void> close();

  /// Ends a wait() at once, or the next one. From any thread, also after the Stream is gone.
  [[nodiscard]] std::function<void()> waker();
  /// Whether a wake() came since the last call; forgets it.
  [[nodiscard]] bool take_wake();

  /// Cuts the connection: everything fails from now on. On the executor's thread.
  void abort();

  [[nodiscard]] const StreamLimits& limits() const;

 private:
  struct Parts;
  asio::awaitable<Result<void>> shake_hands(TlsSession& session);
  std::shared_ptr<Parts> parts_;
};

/// Runs a function on a thread of the pool and comes back to the stream's executor.
/// Rethrows what the function throws.
asio::awaitable<void> run(Worker& worker, asio::any_io_executor home, std::move_only_function<void()> job);

}  // namespace posthorn::io
