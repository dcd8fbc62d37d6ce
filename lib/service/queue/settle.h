// What an attempt means: who is done, who is told, what stays. Pure decisions; the queue writes them down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/service/queue/ledger.h"
#include "posthorn/service/queue/message.h"

namespace posthorn::queue {

/// A recipient that a report tells of.
struct Told {
  enum class Action : std::uint8_t { failed, delayed, delivered, relayed };
  Recipient recipient;
  Action action = Action::failed;
  Outcome outcome;
};

struct Settlement {
  std::optional<Item> remaining;  ///< nullopt: all its recipients are done
  std::vector<End> ends;
  std::vector<Told> failed;     ///< one report
  std::vector<Told> delayed;    ///< one report
  std::vector<Told> succeeded;  ///< one report
};

/// How long to wait after `attempts` attempts: first_retry doubled with each, last_retry at most.
[[nodiscard]] std::chrono::seconds retry_after(const Policy& policy, std::uint32_t attempts);

/// Whether a time that its sender gave is over, after which it must not be delivered (RFC 2852, mode R).
[[nodiscard]] bool must_return(const Message& message, WallTime now);

/// Whether an item waits for the time before which it must not go: nothing but that time, or an operator, ends it.
[[nodiscard]] inline bool is_kept_back(const Item& item) { return item.attempts == 0 && item.next != WallTime{}; }

/// Whether its sender is to hear, if he wants, that it takes long.
[[nodiscard]] bool takes_long(const Message& message, const Policy& policy, WallTime now);

/// When mail of this message is given up.
[[nodiscard]] WallTime deadline_of(const Message& message, const Policy& policy);

/// @param outcomes  one for each recipient of the item, in order
[[nodiscard]] Settlement settle(const Message& message, const Item& item, const std::vector<Outcome>& outcomes,
                                const Policy& policy, WallTime now);

}  // namespace posthorn::queue
