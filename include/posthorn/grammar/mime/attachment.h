// Attachments as people see them: names that are safe to show and to save, sizes, and parts found by URL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// The longest file name that file systems take; octets.
inline constexpr std::size_t kMaxFileName = 255;

/// What can be said of a part that somebody may want to save.
struct Attachment {
  PartId part;
  std::string name;         ///< file_name(): never empty
  std::string type;         ///< lower case, "image/png"
  std::string disposition;  ///< lower case, "attachment", "inline"; empty where the sender said nothing
  std::string content_id;   ///< without its brackets; empty where there is none
  std::uint64_t size = 0;   ///< decoded octets
};

/// Describes any part.
[[nodiscard]] Attachment describe(const Message& message, PartId part);
/// Describes what bodies_of() takes for attachments, in order. The bodies are decoded to measure them, not kept.
[[nodiscard]] std::vector<Attachment> attachments(const Message& message, PartId root = PartId(0));

/// A name to show and to save a part with: the last path component of given_name() as clean_file_name() has it; for a
/// message the subject and ".eml"; else made up from the number and the type of the part, as "part-3.png". Never empty.
[[nodiscard]] std::string file_name(const Message& message, PartId part);

/// Makes a UTF-8 name harmless: of a path only the last component that names something, no control characters, no
/// marks that turn the writing direction (U+202E makes "gpj.exe" of "exe.jpg"), no invisible ones, white space
/// collapsed, no dots and spaces at the end, at most kMaxFileName octets with the extension kept. Empty when nothing is
/// left.
[[nodiscard]] std::string clean_file_name(View name);

/// The Content-ID of a part without its brackets; empty where there is none.
[[nodiscard]] std::string content_id(const Message& message, PartId part);

/// The parts that URLs in a message may name (RFC 2392, RFC 2557 section 4); made once, then asked for each URL.
class Locations {
 public:
  /// @param root  the message whose parts are meant, without those of messages inside it
  explicit Locations(const Message& message, PartId root = PartId(0));

  /// "cid:" content-id, "mid:" message-id "/" content-id, or else the same text as a Content-Location. Percent escapes
  /// of cid and mid are undone; they are compared with their case. Of two parts with one name the first is meant.
  [[nodiscard]] std::optional<PartId> find(View url) const;

 private:
  using Rows = std::vector<std::pair<std::string, PartId>>;  // by name, then by part
  static std::optional<PartId> find_in(const Rows& rows, View name);

  std::string message_id_;
  Rows content_ids_;
  Rows locations_;
};

}  // namespace posthorn::mime
