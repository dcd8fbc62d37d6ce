// SEARCH keys (RFC 9051 section 6.4.4) as a tree.
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
  std::uint64_t octets = 0;
  WallTime day;
  SequenceSet set;
  std::string name;  ///< of a header field or keyword
  std::string text;  ///< UTF-8 with case folded
  std::vector<Key> keys;
  std::size_t needle = 0;  ///< of body and text: the Matcher's number for it
};

struct Program {
  Key root;                ///< all_of
  bool charset_ok = true;  ///< false: CHARSET named one that is not read here
};

/// search-program without its RETURN options: [SP "CHARSET" SP charset] 1*(SP search-key).
bool program(Cursor& c, Program& out);

}  // namespace posthorn::imap::search
