// The queue: mail that waits for other hosts, or for mailboxes of this site that could not take it at once.
//
// Any process takes mail in (accept): one commit, durable when it returns. One process runs the queue: it loads what
// waits, hands out work in the order of arrival, writes down what became of it, and reports to senders. A report is
// accepted by the commit that ends what it reports, so neither is ever there without the other.
//
// Safe to call from many threads. What is said to block reads or writes the store.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/queue/handover.h"
#include "posthorn/service/queue/ledger.h"
#include "posthorn/service/queue/message.h"
#include "posthorn/service/store/store.h"

namespace posthorn::queue {

/// An item that is being tried.
struct Work {
  ItemKey key;
  Message message;
  Item item;
};

struct Options {
  std::string host_name;    ///< who reports
  std::string report_from;  ///< From of reports; empty: MAILER-DAEMON@host_name
  std::size_t returned =
      1U << 20U;  ///< octets of a message that a report returns in full (RET=FULL); longer: its header
  std::size_t header = 64U << 10U;  ///< octets of a header that are returned
  /// A destination of a backup domain that is down is tried so often, whatever waits for it (features F53).
  std::chrono::seconds probe = std::chrono::minutes(1);
  /// Hears of each recipient that has ended, after it is written down; null: nobody does. May block.
  std::function<void(const Message& message, const End& end)> ended;
};

/// What an operator may want.
enum class Order : std::uint8_t {
  hold = 1,  ///< messages rest until they are released; they do not expire
  release,
  requeue,  ///< tried at once, as if they had just come
  expire,   ///< given up now, with a report
  remove,   ///< given up now, without a word
  flush,    ///< subject is a destination: it is tried at once
  freeze,   ///< subject is an account: what it submitted rests
  thaw,
  /// subject is format_handed(): these recipients are somebody else's now, the others of their items go on; see
  /// order_hand_over()
  hand_over,
};

class Queue {
 public:
  using Router = queue::Router;

  /// @lifetime `store`, `clock`, `random` and `policies` outlive the queue
  [[nodiscard]] static Result<std::unique_ptr<Queue>> open(store::Store& store, const Clock& clock, Random& random,
                                                           Policies& policies, Router router, Options options);
  virtual ~Queue() = default;

  // --- taking in -----------------------------------------------------------------------------------------------------

  /// A body to be named by Message::body. Blocks.
  [[nodiscard]] virtual Result<std::unique_ptr<store::BlobWriter>> write_body() = 0;
  /// Takes a message in; durable when it returns. Recipients get their numbers here. Blocks.
  /// @errors those of Partition::commit; misuse (no recipient)
  virtual Result<MessageId> accept(Message message, std::vector<Item> items) = 0;
  /// Takes in a message of another queue under the name it has there, which carries its age: it expires as if it had
  /// come here then. Otherwise as accept(). Message::arrived is kept where it is set. Blocks.
  /// @returns false: the ledger knows that name, so it has been taken in before; nothing is done
  /// @errors as accept(); misuse (the name is from the future); conflict (somebody else takes it in at this moment)
  virtual Result<bool> adopt(const MessageId& id, Message message, std::vector<Item> items) = 0;
  /// Whether a message of that name has been taken in, so that adopt() would do nothing. Blocks.
  [[nodiscard]] virtual Result<bool> knows(const MessageId& id) const = 0;

  // --- running -------------------------------------------------------------------------------------------------------

  /// Reads what waits and takes over the running. Call it once, in one process of all on the store. Blocks.
  virtual Result<void> load() = 0;
  /// `wake` is called, by any thread, when ready() may say more than it did.
  virtual void set_wake(std::function<void()> wake) = 0;
  /// Destinations with work for now, and work for mailboxes of this site (an empty destination).
  [[nodiscard]] virtual std::vector<Destination> ready() = 0;
  /// When ready() or tick() have something to do, unless something comes in before.
  [[nodiscard]] virtual WallTime due() = 0;
  /// The oldest item that may be tried; nullopt: none now. Blocks.
  [[nodiscard]] virtual Result<std::optional<Work>> take(const Destination& destination) = 0;
  /// Writes down what became of each recipient, in order, and reports where reports are due. When the store fails, it
  /// is kept and written later (tick); the work is never done twice for it. Blocks.
  virtual Result<void> finish(Work work, std::vector<Outcome> outcomes) = 0;
  /// Work that was not tried at all waits again as if it had not been taken.
  virtual void put_back(const Work& work) = 0;
  /// Octets of a body. Blocks.
  [[nodiscard]] virtual Result<std::string> read_body(const Message& message, std::uint64_t offset,
                                                      std::uint64_t count) const = 0;
  /// No host of the destination could be reached, or none may be used: it rests for a while. Blocks.
  /// @param status  an enhanced status code
  virtual void unreachable(const Destination& destination, View status, View why) = 0;
  /// A host of the destination has taken a message: what waited for that is tried now. Blocks when it was unreachable.
  virtual void reached(const Destination& destination) = 0;
  /// Expires, warns, obeys operators, looks for what other processes took in. Call it when due() is there. Blocks.
  virtual void tick() = 0;
  /// Whether tick() has something to do.
  [[nodiscard]] virtual bool tick_due() const = 0;
  /// The time of day by the clock of the queue.
  [[nodiscard]] virtual WallTime now() const = 0;
  [[nodiscard]] virtual Policy policy(const Destination& destination) const = 0;
  /// Items that wait or are under way.
  [[nodiscard]] virtual std::size_t size() const = 0;
};

/// Asks the process that runs the queue to obey; it does so within seconds, or when one runs again. Blocks.
/// @param subject  a message id, a destination (without a wish: whatever is wished), an account, or empty for all
/// items; to hold and to release also an address: the items that it is a recipient of
/// @errors syntax (the order needs another subject), exists (a flush that waits to be obeyed already)
Result<void> order(store::Store& store, const Clock& clock, Random& random, Order order, View subject);
/// Ends these recipients as handed over, in as many orders as they need; the other recipients of their items are
/// released. Blocks. @errors those of Partition::commit
Result<void> order_hand_over(store::Store& store, const Clock& clock, Random& random,
                             const std::vector<HandedRecipients>& handed);
/// Orders that nobody has obeyed yet. Blocks.
[[nodiscard]] Result<std::uint64_t> orders_waiting(store::Store& store);

/// One item as it stands in the store.
struct Listed {
  ItemKey key;
  Item item;
  std::string account;
};
/// All items in the order of arrival, until `each` returns false. Blocks; `each` must not call the store.
Result<void> each_item(store::Store& store, const std::function<bool(const Listed&)>& each);
/// @errors not_found
[[nodiscard]] Result<Message> find_message(store::Store& store, const MessageId& id);

/// A destination that did not answer.
struct Troubled {
  Destination destination;
  WallTime since{};
  WallTime next{};
  std::uint32_t failures = 0;
  std::string last;
};
[[nodiscard]] Result<std::vector<Troubled>> troubled_destinations(store::Store& store);
[[nodiscard]] Result<std::vector<std::string>> frozen_accounts(store::Store& store);

}  // namespace posthorn::queue
