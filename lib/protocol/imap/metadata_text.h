// Annotations on the wire (RFC 5464): names of entries, values, what GETMETADATA chooses, and the METADATA response.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/namespaces.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

/// Most entries in one command.
inline constexpr std::size_t kMaxEntries = 100;
/// Longest name of an entry, octets.
inline constexpr std::size_t kMaxEntryName = 1'000;

/// entry = astring: levels behind slashes, ASCII without controls and wildcards; lower case afterwards, because names
/// compare with case ignored (RFC 5464 section 3.2).
bool entry_name(Cursor& c, std::string& out);
/// entries = entry / "(" entry *(SP entry) ")".
bool entry_names(Cursor& c, std::vector<std::string>& out);
/// value = nstring / literal8, which may hold NUL.
bool entry_value(Cursor& c, std::optional<std::string>& out);
/// Whether a name lies below "/private" or "/shared", as all do that a server keeps (RFC 5464 section 3.2).
[[nodiscard]] bool has_entry_root(View name);

/// How far below the named entries GETMETADATA looks (RFC 5464 section 4.2.2).
enum class EntryDepth : std::uint8_t { none, one, infinity };

/// What a client asks for.
struct EntryChoice {
  std::vector<std::string> names;
  EntryDepth depth = EntryDepth::none;
  std::optional<std::uint64_t> max_size;  ///< octets of a value
};

struct ChosenEntries {
  std::vector<MetadataEntry> entries;  ///< a name that was asked for by itself and has no value: with nullopt
  std::uint64_t longest = 0;           ///< octets of the longest value above max_size; 0: there is none
};
/// @param all  sorted or not; each chosen once, in the order of the names asked for
[[nodiscard]] ChosenEntries choose(const std::vector<MetadataEntry>& all, const EntryChoice& choice);

/// The METADATA response for one mailbox, written piece by piece: values may be large.
class MetadataResponse {
 public:
  /// @param mailbox  empty: the server
  MetadataResponse(std::string mailbox, std::vector<MetadataEntry> entries)
      : mailbox_(std::move(mailbox)), entries_(std::move(entries)) {}
  /// Writes until the responder is full, and nothing for no entries. @returns whether all is written
  bool write(Responder& responder);

 private:
  std::string mailbox_;
  std::vector<MetadataEntry> entries_;
  std::size_t at_ = 0;
};

}  // namespace posthorn::imap
