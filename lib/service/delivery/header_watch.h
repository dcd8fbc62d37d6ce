// Looks at the header of a message that passes by, for signs that it runs in a circle, and for how it may travel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/frame/line.h"

namespace posthorn::delivery {

class HeaderWatch {
 public:
  HeaderWatch() : framer_(kMaxLine) {}

  /// The next octets of the message; what comes after the header is not looked at.
  void feed(View octets);

  /// Received fields so far.
  [[nodiscard]] std::uint32_t received() const { return received_; }
  /// Whether a Delivered-To field names the address; ASCII case is ignored.
  [[nodiscard]] bool was_delivered_to(View address) const;
  /// Whether "TLS-Required: No" is there: delivery counts more than TLS (RFC 8689 section 3).
  [[nodiscard]] bool tls_optional() const { return tls_optional_; }

 private:
  static constexpr std::size_t kMaxLine = 8192;        // longer lines are passed over
  static constexpr std::size_t kMaxDelivered = 1'000;  // Delivered-To fields that are remembered
  void take(View line);

  frame::LineFramer framer_;
  Buffer pending_;
  std::uint32_t received_ = 0;
  std::vector<std::string> delivered_;  // lower case
  bool in_tls_required_ = false;        // the line before has the name alone, its value may follow
  bool tls_optional_ = false;
  bool finished_ = false;
};

}  // namespace posthorn::delivery
