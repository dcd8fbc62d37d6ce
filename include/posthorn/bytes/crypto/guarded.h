// Octets that live longer than a call and open much: in memory of their own between guard pages, never swapped out as
// far as the system allows, in no core dump, read-only after they are set, wiped at the end.
#pragma once

#include <cstddef>
#include <memory>

#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

class Guarded {
 public:
  Guarded() = default;
  /// Copies the octets; the caller wipes his. Throws std::bad_alloc where the system gives no such memory.
  explicit Guarded(View octets);

  /// The octets themselves; the name makes every use findable. @lifetime until this object ends
  [[nodiscard]] View reveal() const { return {octets_.get(), count_}; }

 private:
  struct Free {
    void operator()(char* octets) const noexcept;
  };
  std::unique_ptr<char, Free> octets_;
  std::size_t count_ = 0;
};

}  // namespace posthorn::crypto
