// Arguments of IMAP commands as functions over a Cursor (RFC 9051 section 9; RFC 3501 where clients still need it).
//
// The text is a whole command: literals stand in it as "{n}" CRLF and n octets. Nothing here waits for input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::imap {

/// Octets of atoms, astrings, tags and list patterns (RFC 9051 section 9).
inline constexpr CharSet kAtomChar = chars::kVisible - CharSet("(){%*\"\\]");
inline constexpr CharSet kAstringChar = kAtomChar + CharSet("]");
inline constexpr CharSet kTagChar = kAstringChar - CharSet("+");
inline constexpr CharSet kListChar = kAstringChar + CharSet("%*");

/// Deepest nesting of parentheses in an argument (SEARCH keys).
inline constexpr int kMaxNesting = 50;
/// Most ranges in one sequence set.
inline constexpr std::size_t kMaxRanges = 20'000;
/// Most keywords in one flag list, and the longest one in octets.
inline constexpr std::size_t kMaxKeywords = 100;
inline constexpr std::size_t kMaxKeyword = 100;

/// atom = 1*ATOM-CHAR. @lifetime borrows the text
bool atom(Cursor& c, View& out);
/// literal = "{" number64 ["+"] "}" CRLF *CHAR8; no NUL. @lifetime borrows the text
bool literal(Cursor& c, View& out);
/// string = quoted / literal, unescaped.
bool string(Cursor& c, std::string& out);
/// nstring = string / "NIL".
bool nstring(Cursor& c, std::optional<std::string>& out);
/// astring = 1*ASTRING-CHAR / string.
bool astring(Cursor& c, std::string& out);

/// mailbox = "INBOX" / astring: modified UTF-7 or UTF-8 on the wire (UTF-8 only when c.utf8()), UTF-8 here; any case of
/// INBOX becomes "INBOX".
bool mailbox(Cursor& c, std::string& out);
/// list-mailbox = 1*list-char / string: a mailbox name in which % and * may stand, UTF-8 here.
bool list_mailbox(Cursor& c, std::string& out);

/// flag-list = "(" [flag *(SP flag)] ")". \Recent, which only servers set, is read and dropped.
bool flag_list(Cursor& c, Flags& out);
/// flag-list / (flag *(SP flag)): what STORE takes.
bool store_flags(Cursor& c, Flags& out);

/// date = date-text / DQUOTE date-text DQUOTE: midnight UTC of that day.
bool date(Cursor& c, WallTime& out);
/// date-time with its quotes.
bool date_time(Cursor& c, WallTime& out);

/// sequence-set as written. `*` is kept until the mailbox is known.
class SequenceSet {
 public:
  /// `*` in a Range of this set.
  static constexpr std::uint32_t kStar = 0;

  /// What `$` stands for: the saved result of a SEARCH (RFC 9051 section 6.4.4.1).
  [[nodiscard]] static SequenceSet saved_result() {
    SequenceSet set;
    set.saved_ = true;
    return set;
  }

  void add(Range range) { ranges_.push_back(range); }
  [[nodiscard]] bool is_saved_result() const { return saved_; }
  [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }
  /// Ascending, merged, with `*` as `highest`; numbers above `highest` stay.
  [[nodiscard]] std::vector<Range> resolve(std::uint32_t highest) const;
  bool operator==(const SequenceSet&) const = default;

 private:
  std::vector<Range> ranges_;
  bool saved_ = false;
};

/// sequence-set = (seq-number / seq-range) *("," ...), or "$". @errors syntax; too_many above kMaxRanges
bool sequence_set(Cursor& c, SequenceSet& out);

/// The message numbers of a set: ascending, merged, all of them in the view.
/// @param by_uid  the set holds UIDs; those of no message are left out (RFC 9051 section 6.4.9)
/// @param saved  UIDs that `$` stands for, ascending
/// @errors syntax when a sequence number is above exists()
[[nodiscard]] Result<std::vector<Range>> messages_of(const SequenceSet& set, const SelectedMailbox& view, bool by_uid,
                                                     std::span<const Range> saved = {});
/// The numbers that are in both; both ascending and merged, and so is the result.
[[nodiscard]] std::vector<Range> common(const std::vector<Range>& a, const std::vector<Range>& b);
/// Each number of some ranges.
[[nodiscard]] std::vector<SeqNum> each_of(const std::vector<Range>& ranges);

}  // namespace posthorn::imap
