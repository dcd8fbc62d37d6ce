// What Sieve scripts may send for an account: the limits of those who send themselves, and of mail that others cause.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/limits/limiter.h"

namespace posthorn::servers {

/// Safe to call from many threads; may block.
class LetterLimits {
 public:
  /// @param say     hears why something is not sent
  /// @param freeze  lets rest what an account has in the queue, when one goes on although it is refused
  /// @lifetime the limiter outlives the object
  LetterLimits(limits::Limiter& limiter, std::function<void(View sentence)> say,
               std::function<void(const std::string& login)> freeze)
      : limiter_(limiter), say_(std::move(say)), freeze_(std::move(freeze)) {}

  /// Whether a letter may leave now; one that may is counted.
  [[nodiscard]] Result<bool> may_send(const directory::Account& account, const delivery::Letter& letter) const;

 private:
  limits::Limiter& limiter_;
  const std::function<void(View sentence)> say_;
  const std::function<void(const std::string& login)> freeze_;
};

}  // namespace posthorn::servers
