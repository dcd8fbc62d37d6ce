// The sum of what is known of a client: whether its mail is taken, has to come again, or is refused (features F52).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/service/admission/client_checks.h"
#include "posthorn/service/admission/greylist.h"

namespace posthorn::admission {

/// Scores from which something happens. With the weights of ClientWeights alone no client is refused.
struct Thresholds {
  int defer = 3;   ///< it is greylisted
  int reject = 8;  ///< it is refused
};

/// What lists say of the address of the client.
struct Listing {
  int score = 0;                   ///< with lists that speak for it counted off
  std::vector<std::string> lists;  ///< zones that it stands on, for the reply and the log
};

enum class Class : std::uint8_t { accept, greylist, defer, reject };

struct Decision {
  Class what = Class::accept;
  int score = 0;
  std::vector<std::string> reasons;  ///< of the checks, then the lists
  std::optional<Refusal> refusal;    ///< of defer and reject
};

/// Pure. `greylist` asks for a Greylist, whose answer with_greylist() takes.
[[nodiscard]] Decision decide(const ClientVerdict& client, const Listing& listing, const Thresholds& thresholds = {});
/// 451 4.7.1 with the time to wait, or acceptance.
[[nodiscard]] Decision with_greylist(Decision decision, const GreylistAnswer& answer);

/// Both in one: what is answered to RCPT. Safe to call from many threads; may block.
class Judge {
 public:
  /// @lifetime the greylist outlives this object; null: nobody is greylisted, and what would be is accepted
  explicit Judge(Greylist* greylist, Thresholds thresholds = {}) : greylist_(greylist), thresholds_(thresholds) {}

  /// Its result is never Class::greylist. A greylist that fails lets mail pass: it slows spam down, and must not stop
  /// mail.
  [[nodiscard]] Decision judge(const Client& client, const ClientVerdict& verdict, const Listing& listing, View sender,
                               View recipient) const;

 private:
  Greylist* greylist_;
  const Thresholds thresholds_;
};

}  // namespace posthorn::admission
