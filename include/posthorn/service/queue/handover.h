// What one queue hands over to another one, as text (docs/formats/queue-export.md): an envelope beside the octets of
// each message, and a manifest that says that all is there.
//
// Plain values, no files. What parse_…() takes is exactly what format_…() writes: a line that was changed, moved or
// left out is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/queue/message.h"

namespace posthorn::queue {

/// "0000006b49d2000adeadbeef.001f": names an item in the files of a hand-over.
[[nodiscard]] std::string name_of(const ItemKey& key);
[[nodiscard]] std::optional<ItemKey> parse_item_name(View text);

/// An item on its way to another queue.
struct HandedItem {
  ItemKey key;         ///< its name in the queue that it comes from
  Message message;     ///< without account and body; octets are those of the content, trace fields of the item included
  Item item;           ///< without prefix, attempts, next, held and last
  std::string sha256;  ///< of the content, hexadecimal
  bool operator==(const HandedItem&) const = default;
};

/// @errors syntax (an address, an ENVID or a destination that cannot be written down)
[[nodiscard]] Result<std::string> format_envelope(const HandedItem& handed);
/// @errors syntax, unsupported (a newer version)
[[nodiscard]] Result<HandedItem> parse_envelope(View text);

/// The name of what was handed over in the queue that takes it: as old, and always the same for the same recipients of
/// the same item, so that the ledger there knows what it has had.
[[nodiscard]] MessageId name_at_partner(const HandedItem& handed);

/// Recipients of an item, by their numbers in its message.
struct HandedRecipients {
  ItemKey key;
  std::vector<std::uint32_t> numbers;
  bool operator==(const HandedRecipients&) const = default;
};
[[nodiscard]] HandedRecipients recipients_of(const HandedItem& handed);

/// That a hand-over is complete, and what belongs to it.
struct Manifest {
  struct Row {
    HandedRecipients recipients;
    std::string envelope_sha256;  ///< hexadecimal
    bool operator==(const Row&) const = default;
  };
  std::string subject;  ///< the domain or the address that was asked for
  WallTime time{};
  std::vector<Row> rows;  ///< in the order of arrival
  bool operator==(const Manifest&) const = default;
};
[[nodiscard]] std::string format_manifest(const Manifest& manifest);
/// @errors syntax (not complete, or damaged), unsupported (a newer version)
[[nodiscard]] Result<Manifest> parse_manifest(View text);

/// The subject of Order::hand_over: "NAME NUMBER,NUMBER" a line.
[[nodiscard]] std::string format_handed(const std::vector<HandedRecipients>& handed);
/// @errors syntax
[[nodiscard]] Result<std::vector<HandedRecipients>> parse_handed(View text);

}  // namespace posthorn::queue
