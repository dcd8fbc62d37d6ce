// The beginning of a message on its way in: held until the header is whole, examined, then let through with what goes
// before.
#pragma once

#include <string>

#include "posthorn/service/delivery/delivery.h"

#include "service/delivery/header_watch.h"

namespace posthorn::delivery {

/// Longest header that is examined, octets, with the empty line behind it; a message with a longer one is refused where
/// somebody wants to examine it.
inline constexpr std::size_t kMaxExaminedHeader = 256U << 10U;

class Front {
 public:
  /// @lifetime `envelope` outlives the object
  explicit Front(const Envelope& envelope) : envelope_(envelope) {}

  /// The next octets of the message. @returns what may be written now; nothing as long as the header is not whole
  /// @errors too_long (the header), and what Envelope::examine refuses
  Result<std::string> feed(View octets);
  /// What is left when the message ends, as a message may end in its header.
  Result<std::string> finish();
  [[nodiscard]] const HeaderWatch& watch() const { return watch_; }
  /// What the message wishes, as far as its header came; REQUIRETLS is stronger than a field (RFC 8689 section 4.1).
  [[nodiscard]] queue::TlsWish tls() const;

 private:
  Result<std::string> release(std::size_t header);

  const Envelope& envelope_;
  HeaderWatch watch_;
  std::string held_;
  std::size_t looked_at_ = 0;
  bool released_ = false;
};

}  // namespace posthorn::delivery
