// Numbers and strings that the compiler does not let you swap.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace posthorn {

/// A value of type T that converts to nothing else; Tag tells two of them apart.
template <class T, class Tag>
class Strong {
 public:
  using value_type = T;
  constexpr Strong() = default;
  constexpr explicit Strong(T value) : value_(std::move(value)) {}
  [[nodiscard]] constexpr const T& value() const { return value_; }
  constexpr auto operator<=>(const Strong&) const = default;

  /// The following number; only for numbers.
  [[nodiscard]] constexpr Strong next() const
    requires std::is_integral_v<T>
  {
    return Strong(static_cast<T>(value_ + 1));
  }

 private:
  T value_{};
};

}  // namespace posthorn

template <class T, class Tag>
struct std::hash<posthorn::Strong<T, Tag>> {
  std::size_t operator()(const posthorn::Strong<T, Tag>& s) const noexcept {
    return std::hash<T>{}(s.value());
  }
};
