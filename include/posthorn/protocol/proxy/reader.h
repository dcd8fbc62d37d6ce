// The PROXY protocol, versions 1 and 2 (HAProxy, proxy-protocol.txt): who is at the other end of a proxy, said once
// before anything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/frame/line.h"
#include "posthorn/grammar/ip_address.h"

namespace posthorn::proxy {

/// One end of the connection to the proxy.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

/// What the header said. Without ends (LOCAL, UNKNOWN, AF_UNSPEC, AF_UNIX) the connection speaks for itself: a check of
/// the proxy's own, for one. TLV fields of version 2, those on TLS too, are read over.
struct Header {
  std::optional<Endpoint> source;       ///< the client
  std::optional<Endpoint> destination;  ///< where it connected to
  bool operator==(const Header&) const = default;
};

/// Octets of a header of version 1 with its CRLF (section 2.1).
inline constexpr std::size_t kMaxVersion1 = 107;
/// Octets behind the first 16 of version 2 that are taken. Section 2.2 counts them in 16 bits; what proxies send fits.
inline constexpr std::size_t kMaxVersion2 = 4096;

/// Reads one header, and no octet of what follows it: that may be a TLS handshake, which is nobody else's.
class Reader {
 public:
  /// How many octets may come at most in the next receive(): they surely belong to the header. 0 when it is whole.
  [[nodiscard]] std::size_t wants() const;
  /// Takes up to wants() octets. @returns the header when it is whole, or nullopt
  /// @errors syntax (no header, or a broken one), too_long: nothing that came is to be believed
  [[nodiscard]] Result<std::optional<Header>> receive(View octets);

 private:
  [[nodiscard]] Result<std::optional<Header>> next();
  [[nodiscard]] Result<std::optional<Header>> next_line();
  [[nodiscard]] Result<std::optional<Header>> next_binary();

  Buffer input_;
  frame::LineFramer framer_{kMaxVersion1};
  bool over_ = false;
};

}  // namespace posthorn::proxy
