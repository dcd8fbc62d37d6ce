// What the items of a FETCH ask of a message: nothing, its summary, or its octets.
#pragma once

#include <string>

#include "posthorn/protocol/imap/state.h"
#include "posthorn/protocol/imap/summary.h"

#include "protocol/imap/commands/fetch.h"

namespace posthorn::imap::commands::fetch {

/// What an item reads of a message that has no summary.
enum class Need : std::uint8_t { nothing, header, body, tree };
[[nodiscard]] Need need_of(const Item& item);

/// Whether it sets \Seen.
[[nodiscard]] bool is_reading(const Item& item);
/// Shows what the message says, not only what it is: no placeholder can stand for it.
[[nodiscard]] bool is_contents(const Item& item);
/// Whether a summary spares reading, or reading so much.
[[nodiscard]] bool wants_summary(const Item& item);
/// Whether this summary holds all that the item shows.
[[nodiscard]] bool is_answered(const Item& item, const Summary& summary, const Enabled& enabled);

/// What a body item says about the message's own header and text, under any of its names.
[[nodiscard]] Section::Kind section_of(const Item& item);
/// The octets that a partial leaves of an extent.
[[nodiscard]] Extent narrowed(Extent extent, const std::optional<Partial>& partial);
[[nodiscard]] bool has(const std::vector<Item>& items, Item::Kind kind);

/// The words of flags: most messages of a mailbox have the same as the one before.
class FlagText {
 public:
  /// With parentheses. @lifetime until the next call
  [[nodiscard]] View of(const Flags& flags);

 private:
  Flags flags_;
  std::string text_ = "()";
};

}  // namespace posthorn::imap::commands::fetch
