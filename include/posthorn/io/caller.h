// Runs conversations over connections that this program opens: what sends mail. The counterpart of Server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/error.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/io/tls_client.h"
#include "posthorn/io/worker.h"
#include "posthorn/protocol/session.h"
#include "posthorn/protocol/tls/demand.h"

namespace posthorn::io {

/// Whom to call.
struct Call {
  std::vector<IpAddress> addresses;  ///< of one host, raced against each other (RFC 8305)
  std::uint16_t port = 25;
  tls::Demand demand;                             ///< for TLS, when the conversation asks for it
  Duration connect = std::chrono::seconds(30);    ///< for one address
  Duration handshake = std::chrono::seconds(30);  ///< for TLS
  Duration write = std::chrono::minutes(3);       ///< StreamLimits::write
  std::optional<IpAddress> source_v4, source_v6;  ///< our address; nullopt: the system chooses
};

/// What came of a call.
struct CallEnd {
  std::optional<IpAddress> remote;             ///< who answered; nullopt: nobody
  std::optional<Error> failure;                ///< why nobody answered
  std::optional<TlsAchieved> achieved;         ///< TLS that stood
  std::optional<TlsRefused> refused;           ///< TLS that did not
  bool finished = false;                       ///< the conversation came to its own end; else the connection broke
  std::unique_ptr<Conversation> conversation;  ///< null where nobody answered
};

struct CallerOptions {
  WorkerOptions worker;  ///< for what blocks in conversations
};

/// One thread for sockets, and workers. Safe to call from many threads.
class Caller {
 public:
  /// Makes what talks, once a host has answered. On the caller's thread: must not block.
  using Make = std::move_only_function<std::unique_ptr<Conversation>()>;
  /// On a worker's thread: may block.
  using Done = std::move_only_function<void(CallEnd)>;

  explicit Caller(CallerOptions options = {});
  /// Cuts what is there, and returns when every Done was called.
  ~Caller();
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  /// Calls `done` once, whatever happens.
  void call(Call call, Make make, Done done);
  /// Runs something that blocks on a worker's thread.
  void submit(std::move_only_function<void()> job);
  /// Lets every conversation say goodbye and waits for them, for `grace` at most; then cuts. No calls after it.
  void stop(Duration grace);
  /// Reads certificate files anew.
  void reload();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace posthorn::io
