// SEARCH keys (RFC 9051 section 6.4.4 and its extensions) as a tree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/arguments.h"

namespace posthorn::imap::search {

/// Most keys in one SEARCH, and most octets in one of its strings.
inline constexpr std::size_t kMaxKeys = 1000;
inline constexpr std::size_t kMaxString = 8192;

/// What a key asks; ordered by what it costs to answer.
enum class Ask : std::uint8_t {
  nothing,  ///< never true: \Recent is not kept (RFC 9051 section 2.3.2)
  everything,
  numbers,  ///< set of sequence numbers
  uids,
  flag,  ///< `flag` is set
  keyword,
  larger,
  smaller,
  before,  ///< internal date, days in UTC
  on,
  since,
  older,  ///< internal date, `number` seconds before now or earlier (RFC 5032)
  younger,
  modseq,        ///< changed at `number` or later (RFC 7162 section 3.1.5)
  saved_before,  ///< save date (RFC 8514), else the internal date
  saved_on,
  saved_since,
  has_save_date,
  email_id,  ///< `text` (RFC 8474 section 4.3)
  thread_id,
  header,       ///< a field that holds `text`
  sent_before,  ///< Date field, zone disregarded
  sent_on,
  sent_since,
  body,
  text,    ///< header or body
  all_of,  ///< every key of `keys`
  any_of,
};

struct Key {
  Ask ask = Ask::everything;
  bool negated = false;
  SystemFlag flag = SystemFlag::seen;
  std::uint64_t number = 0;  ///< octets, seconds, or a mod-sequence
  WallTime day;
  SequenceSet set;
  std::string name;   ///< of a header field or keyword
  std::string text;   ///< UTF-8 with case folded; of an objectid, as it stands
  std::string exact;  ///< the same with its case, for comparators that look at it
  std::vector<Key> keys;
  std::size_t needle = 0;  ///< of header, body and text: the Matcher's number for it
};

struct Program {
  Key root;                    ///< all_of
  bool charset_named = false;  ///< there was CHARSET
  bool charset_ok = true;      ///< false: CHARSET named one that is not read here
};

/// search-program without its RETURN options: [SP "CHARSET" SP charset] 1*(SP search-key).
bool program(Cursor& c, Program& out);
/// charset 1*(SP search-key), as SORT and THREAD have it (RFC 5256 section 5).
bool charset_and_keys(Cursor& c, Program& out);

/// Whether a key of this kind is somewhere in the tree.
[[nodiscard]] bool asks(const Key& root, Ask what);

}  // namespace posthorn::imap::search
