// A message in memory as offsets: indexed once, never copied, never refused (RFC 2045, 2046, 5322).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/strong.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/parser.h"

namespace posthorn::mime {

/// Offsets into octets that the caller keeps alive. Total: any octets give a tree; deviations are defects.
class Message {
 public:
  static Message index(View octets, const Limits& limits = {});

  [[nodiscard]] std::span<const Part> parts() const { return parts_; }      ///< the message itself is parts()[0]
  [[nodiscard]] std::span<const FoundDefect> defects() const { return defects_; }

 private:
  std::vector<Part> parts_;
  std::vector<FoundDefect> defects_;
};

}  // namespace posthorn::mime
