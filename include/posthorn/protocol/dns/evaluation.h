// The one shape of everything that decides by DNS answers: questions come out, answers go in, a verdict stands at the
// end.
#pragma once

#include <cstddef>
#include <span>

#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::dns {

/// What has questions. Deterministic: who drives it owns the resolver and the time (posthorn/service/inquiry.h).
class Asking {
 public:
  virtual ~Asking() = default;
  /// Questions that have no answer yet. @lifetime until the next answer()
  [[nodiscard]] virtual std::span<const Question> wanted() const = 0;
  /// The answer to wanted()[index], which is wanted no more; wanted() may be another list afterwards. What is kept of
  /// the answer is copied.
  virtual void answer(std::size_t index, const Answer& answer) = 0;
};

/// Asks and gets answers until it knows.
template <class Verdict>
class Evaluation : public Asking {
 public:
  /// Final when nothing is wanted.
  [[nodiscard]] virtual const Verdict& verdict() const = 0;
};

}  // namespace posthorn::dns
