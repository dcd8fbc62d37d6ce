// The no-loss ledger: each accepted (message, recipient) has exactly one recorded end.
//
// Acceptance and end are written by the commits that accept and end, so they cannot disagree with what was done;
// check() walks queue and ledger and names every recipient without an end, with two, or with a body that is gone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/store/store.h"

namespace posthorn::queue {

/// How a recipient ended.
enum class Ending : std::uint8_t {
  stored = 1,   ///< in a mailbox of this site
  relayed,      ///< another host answered 250
  bounced,      ///< the sender has a report, accepted by the same commit
  discarded,    ///< failed, and nobody wants to know: null sender, NOTIFY=NEVER
  expired,      ///< as bounced, because it took too long
  removed,      ///< by an operator
  handed_over,  ///< by an operator, to the queue of a partner
  unkept,       ///< discarded as configured: its recipient's rules keep nothing of it
};

/// The lower-case word.
[[nodiscard]] View name_of(Ending ending);

/// That a message was accepted.
struct Acceptance {
  std::uint32_t recipients = 0;  ///< numbered 0 to recipients - 1
  bool operator==(const Acceptance&) const = default;
};

/// That a recipient is done with.
struct End {
  std::uint32_t recipient = 0;
  Ending ending = Ending::stored;
  WallTime time{};
  bool operator==(const End&) const = default;
};

/// What LedgerCheck found.
struct LedgerSums {
  std::uint64_t accepted = 0;  ///< messages
  std::uint64_t recipients = 0;
  std::uint64_t waiting = 0;  ///< recipients that are still in the queue
  std::uint64_t ended = 0;
  std::uint64_t faults = 0;
};

/// Compares the ledger with the queue; `fault` gets one sentence for each thing that is wrong. Reads while the queue
/// runs: what changes meanwhile is looked at a second time before it is called wrong.
[[nodiscard]] Result<LedgerSums> check_ledger(store::Store& store, const std::function<void(View)>& fault);

/// Removes the records of messages that were accepted before `before` and have ended. @returns how many messages
[[nodiscard]] Result<std::uint64_t> expire_ledger(store::Store& store, WallTime before);

}  // namespace posthorn::queue
