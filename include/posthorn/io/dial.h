// Outgoing connections that do not block: several addresses of one host raced against each other (RFC 8305).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <asio/awaitable.hpp>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/io/stream.h"

namespace posthorn::io {

/// Where to connect to.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

struct DialOptions {
  /// A connection that is not there after this time gets a rival (RFC 8305 section 5).
  Duration next = std::chrono::milliseconds(250);
  Duration attempt = std::chrono::seconds(30);  ///< for one address
  Duration total = std::chrono::minutes(2);     ///< for all
  /// Addresses that are tried; more are left out.
  std::size_t max_candidates = 16;
  std::optional<IpAddress> source_v4;  ///< our address towards IPv4 hosts; nullopt: the system chooses
  std::optional<IpAddress> source_v6;  ///< the same towards IPv6 hosts
  StreamLimits limits;                 ///< of the stream
};

struct Dialed {
  std::unique_ptr<Stream> stream;  ///< on the executor of the coroutine
  Endpoint remote;                 ///< the one that answered first
};

/// The order in which candidates are tried: the families in turn, beginning with that of the first (RFC 8305
/// section 4); else as they were.
[[nodiscard]] std::vector<Endpoint> in_turn(std::vector<Endpoint> candidates);

/// Connects to the candidate that answers first; the others are given up. The executor of the coroutine must run one
/// handler at a time (a strand, or one thread).
/// @errors misuse (no candidates), timed_out, unavailable (refused, no route; the note tells the last address)
asio::awaitable<Result<Dialed>> dial(std::vector<Endpoint> candidates, DialOptions options = {});

}  // namespace posthorn::io
