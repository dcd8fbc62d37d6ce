// The order that SORT asks for (RFC 5256 section 3, RFC 5957), and keys by which messages are put into it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/comparator.h"

#include "protocol/imap/listing.h"

namespace posthorn::imap::search {

/// Most criteria of one SORT; a criterion that comes again changes nothing, so more say no more.
inline constexpr std::size_t kMaxCriteria = 20;
/// Octets of one text that take part in the order.
inline constexpr std::size_t kMaxSortText = 255;
/// Octets of the keys of all messages of one SORT: a million messages by subject. More are refused.
inline constexpr std::size_t kMaxSortKeys = 256U << 20U;

struct Criterion {
  enum class By : std::uint8_t { arrival, cc, date, from, size, subject, to, display_from, display_to };
  By by = By::arrival;
  bool reverse = false;
};

/// sort-criteria = "(" sort-criterion *(SP sort-criterion) ")".
bool sort_criteria(Cursor& c, std::vector<Criterion>& out);

/// What must be listed of a message for its key.
[[nodiscard]] Bits<Listed> listed_for(const std::vector<Criterion>& order);

/// The key of a message: of two keys, the one that is lower octet by octet comes first. No key is the beginning of
/// another one.
[[nodiscard]] std::string sort_key(const std::vector<Criterion>& order, const MessageFacts& facts,
                                   const Listing& listing, Comparator comparator);

/// Puts messages into order by their keys; of equal keys the lower number comes first (RFC 5256 section 2.2). 18 octets
/// and the key for each message.
class Sorter {
 public:
  /// @errors too_many when the keys would need more than kMaxSortKeys
  Result<void> add(std::uint32_t number, View key);
  /// The numbers in order. Takes all that was added.
  [[nodiscard]] std::vector<std::uint32_t> take_order();

 private:
  struct Entry {
    std::uint64_t head = 0;  // the first octets of the key
    std::uint32_t at = 0;    // where it is in keys_, behind two octets of its size
    std::uint32_t number = 0;
  };
  [[nodiscard]] View key_of(const Entry& entry) const;
  std::vector<Entry> entries_;
  std::string keys_;
};

}  // namespace posthorn::imap::search
