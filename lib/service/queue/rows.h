// The rows of the queue's partition: keys, values, version octets. The layout is documented in docs/formats/queue.md.
//
// The only code that knows the octets of keys and values. Each value starts with kVersion; numbers are varints
// (LEB128).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/service/queue/ledger.h"
#include "posthorn/service/queue/message.h"
#include "posthorn/service/queue/queue.h"

namespace posthorn::queue {

inline constexpr std::uint8_t kVersion = 1;

/// What is known of a destination that did not answer.
struct DestinationRow {
  WallTime failing_since{};
  WallTime next{};  ///< no connection before
  std::uint32_t failures = 0;
  std::string status = "4.4.1";  ///< enhanced status code of what went wrong
  std::string last;
  std::uint8_t warned = 0;  ///< warnings that its contact has had
  bool operator==(const DestinationRow&) const = default;
};

/// What an operator wants, for the process that runs the queue.
struct CommandRow {
  Order kind = Order::flush;
  std::string subject;  ///< a message, a destination or an account; empty: everything
  bool operator==(const CommandRow&) const = default;
};

// Keys.
[[nodiscard]] std::string message_key(const MessageId& id);
[[nodiscard]] std::string item_key(const ItemKey& key);
/// In front of all item keys of a message.
[[nodiscard]] std::string items_of(const MessageId& id);
[[nodiscard]] std::string destination_key(const Destination& destination);
[[nodiscard]] std::string frozen_key(View account);
/// An item that a process took in which does not run the queue.
[[nodiscard]] std::string news_key(const ItemKey& key);
[[nodiscard]] std::string command_key(const MessageId& order);
[[nodiscard]] std::string accepted_key(const MessageId& id);
/// @param recipient  the first one of the record: each ends once, so it tells the records of one item apart
[[nodiscard]] std::string ended_key(const ItemKey& key, std::uint32_t recipient);

inline constexpr View kMessages = "m:";
inline constexpr View kItems = "i:";
inline constexpr View kDestinations = "d:";
inline constexpr View kFrozen = "f:";
inline constexpr View kNews = "n:";
inline constexpr View kCommands = "c:";
inline constexpr View kAccepted = "a:";
inline constexpr View kEnded = "e:";

/// The names in keys that start with kItems, kNews and kEnded; nullopt: no such key.
[[nodiscard]] std::optional<ItemKey> parse_item_key(View key);
/// The name in keys that start with kMessages, kAccepted and kCommands.
[[nodiscard]] std::optional<MessageId> parse_message_key(View key);

/// Calls `take` for the rows whose keys begin with `prefix`, in order, until it returns false. `take` must not call the
/// store. @errors those of the store, and what `take` returns
Result<void> each_row(const store::Partition& rows, View prefix,
                      const std::function<Result<bool>(View key, View value)>& take);

// Values. @errors of parse: corrupt, unsupported (a newer version)
[[nodiscard]] std::string format(const Message& message);
[[nodiscard]] Result<Message> parse_message(View octets);
/// @param account  the submitter, which the schedule wants to know without the message's row
[[nodiscard]] std::string format(const Item& item, View account);
[[nodiscard]] Result<Item> parse_item(View octets, std::string* account = nullptr);
/// What the schedule wants to know of an item: the front of its row. @lifetime that of the octets
struct Scheduled {
  View account;
  View destination;  ///< Destination::text()
  WallTime next{};
  WallTime by{};
  std::uint32_t attempts = 0;
  bool held = false;
};
/// Reads no further, so that a million rows are read in seconds; the rest is checked when the item is tried.
[[nodiscard]] Result<Scheduled> parse_scheduled(View octets);
[[nodiscard]] std::string format(const DestinationRow& row);
[[nodiscard]] Result<DestinationRow> parse_destination(View octets);
[[nodiscard]] std::string format(const CommandRow& row);
[[nodiscard]] Result<CommandRow> parse_command(View octets);
[[nodiscard]] std::string format(const Acceptance& row);
[[nodiscard]] Result<Acceptance> parse_acceptance(View octets);
[[nodiscard]] std::string format(const std::vector<End>& ends);
[[nodiscard]] Result<std::vector<End>> parse_ends(View octets);

}  // namespace posthorn::queue
