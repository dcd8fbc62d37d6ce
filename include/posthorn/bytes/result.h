// A value or an Error; no exception crosses an interface.
#pragma once

#include <expected>
#include <type_traits>
#include <utility>

#include "posthorn/bytes/error.h"

namespace posthorn {

/// A value or the reason why there is none.
template <class T>
using Result = std::expected<T, Error>;

/// Makes the failing Result: `return fail(peer_error(Code::syntax));`.
[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

/// Calls `f` with the value and returns its Result; passes a failure on.
/// (libstdc++ 12 has std::expected without its monadic members.)
template <class T, class F>
auto then(Result<T>&& r, F&& f) -> std::invoke_result_t<F, T&&> {
  if (!r) return std::unexpected<Error>(std::move(r.error()));
  return std::forward<F>(f)(std::move(*r));
}

/// Replaces the value by `f(value)`; passes a failure on.
template <class T, class F>
auto map(Result<T>&& r, F&& f) -> Result<std::invoke_result_t<F, T&&>> {
  if (!r) return std::unexpected<Error>(std::move(r.error()));
  return std::forward<F>(f)(std::move(*r));
}

}  // namespace posthorn
