// Changing the message while a script runs, at a cost that is counted.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

#include "protocol/sieve/run.h"

namespace posthorn::sieve {

/// Makes boundaries. The same run gives the same message; what has such a boundary in it already is refused.
class BoundarySource : public Random {
 public:
  /// @param seed  octets that differ from message to message
  explicit BoundarySource(View seed);
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

/// From now on the message is this one. What is longer than before counts as held, what is copied as work.
/// @returns whether that is within the limits; else the script has failed
bool change_message(Run& run, Result<std::string> octets);
/// The same with one that encloses it.
bool enclose_message(Run& run, Result<std::string> octets);

}  // namespace posthorn::sieve
