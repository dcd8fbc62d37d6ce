// Octets that must not be printed, compared in variable time, or left in memory.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "posthorn/bytes/view.h"

namespace posthorn {

/// Overwrites octets in a way that the optimiser keeps.
void wipe(void* octets, std::size_t count) noexcept;

/// Compares in time that depends on the lengths only.
[[nodiscard]] bool equal_in_constant_time(View a, View b) noexcept;

/// A password, key or token. Cannot be printed or compared with ==; wiped when it ends.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string&& octets) { take(octets); }
  explicit Secret(View octets) : octets_(octets) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept { take(other.octets_); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      clear();
      octets_ = other.octets_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      clear();
      take(other.octets_);
    }
    return *this;
  }
  ~Secret() { clear(); }
  bool operator==(const Secret&) const = delete;

  /// The octets themselves; the name makes every use findable.
  [[nodiscard]] View reveal() const { return octets_; }
  [[nodiscard]] bool empty() const { return octets_.empty(); }

 private:
  /// A short string keeps its octets inside itself, and moving it would leave them there.
  void take(std::string& octets) noexcept {
    if (octets.capacity() > std::string().capacity()) {
      octets_ = std::move(octets);
    } else {
      octets_.assign(octets);
      wipe(octets.data(), octets.size());
    }
    octets.clear();
  }
  void clear() noexcept {
    wipe(octets_.data(), octets_.size());
    octets_.clear();
  }
  std::string octets_;
};

}  // namespace posthorn
