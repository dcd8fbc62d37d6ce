// The one shape of everything that decides by DNS answers: questions come out, answers go in, a verdict stands at the
// end.
#pragma once

#include <cstddef>
#include <span>

#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::dns {

/// Asks and gets answers until it knows. Deterministic: who drives it owns the resolver and the time.
template <class Verdict>
class Evaluation {
 public:
  virtual ~Evaluation() = default;
  /// Questions that have no answer yet; empty: verdict() is final. @lifetime until the next answer()
  [[nodiscard]] virtual std::span<const Question> wanted() const = 0;
  /// The answer to wanted()[index]; wanted() may be another list afterwards.
  virtual void answer(std::size_t index, Answer answer) = 0;
  [[nodiscard]] virtual const Verdict& verdict() const = 0;
};

}  // namespace posthorn::dns
