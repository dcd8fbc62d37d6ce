// Fields that claim to be our own results are taken out of what comes from outside (RFC 8601 section 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::auth_results {

/// Whether two authserv-ids are the same: case ignored, U-labels and A-labels are one (RFC 8616 section 5).
[[nodiscard]] bool is_same_id(View a, View b);

/// Whether a field says that it is from us, whatever else is in it. One whose authserv-id cannot be read is taken for
/// ours, because another reader may find our name in it.
/// @param body  what stands behind the colon
[[nodiscard]] bool claims_id(View body, View own_id);

/// Lets a message through but for the fields Authentication-Results that claim to be ours. Any chunking gives the same.
class Filter {
 public:
  /// Octets of a field that are looked at before it is decided.
  static constexpr std::size_t kFieldOctets = 64U << 10U;

  explicit Filter(View own_id) : own_id_(own_id) {}

  /// Appends what goes on.
  void receive(View octets, std::string& out);
  /// The message is over: what is still held back goes on, or is taken out.
  void finish(std::string& out);
  /// Fields that were taken out.
  [[nodiscard]] std::size_t removed() const { return removed_; }

 private:
  enum class State : std::uint8_t { line_begins, name, within, body };
  /// What happens to the octets of the field.
  enum class Field : std::uint8_t { none, passes, held, dropped };

  void take(char c, std::string& out);
  void begin_line(char c, std::string& out);
  void take_name(char c, std::string& out);
  void take_within(char c, std::string& out);
  void settle(std::string& out);

  const std::string own_id_;
  State state_ = State::line_begins;
  Field field_ = Field::none;
  std::string held_;         // name and body so far, of a field that may be one
  std::size_t body_at_ = 0;  // in held_, behind the colon
  std::size_t removed_ = 0;
};

}  // namespace posthorn::auth_results
