// Whether a message answers a SEARCH: what is cheap is asked first, a body is read only when nothing else decides, and
// a header only where the summary of the message does not have the field.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/protocol/imap/comparator.h"
#include "posthorn/protocol/imap/mailboxes.h"

#include "protocol/imap/content_search.h"
#include "protocol/imap/kept_summary.h"
#include "protocol/imap/raw_screen.h"
#include "protocol/imap/search_key.h"

namespace posthorn::imap::search {

/// What the answer depends on beside the keys and the mailbox.
struct Surroundings {
  std::span<const Range> saved;  ///< UIDs that `$` stands for, ascending; only read while a Matcher is made
  WallTime now;                  ///< for OLDER and YOUNGER
  Comparator comparator = Comparator::unicode_casemap;
};

/// A message of at most so many octets is read at once when its body is asked about.
inline constexpr std::uint64_t kReadWhole = 256U << 10U;

/// Asks messages of one view. Sets are resolved with the numbers that the view has when the Matcher is made.
class Matcher {
 public:
  Matcher(Key root, SelectedMailbox& view, const Surroundings& around = {});
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// @errors those of reading the message; not_found: it is gone, which is no match
  [[nodiscard]] Result<bool> matches(SeqNum number);
  /// Numbers outside of these do not match: what the sets say that every match must be in. Ascending.
  [[nodiscard]] std::vector<Range> candidates() const;
  /// Octets that were read from the store so far.
  [[nodiscard]] std::uint64_t octets_read() const { return octets_read_; }

 private:
  /// What is known of the present message.
  struct Present {
    SeqNum number;
    const MessageFacts* facts = nullptr;
    bool tried_whole = false;
    std::optional<std::string> whole;  ///< all of its octets
    std::optional<bool> transparent;   ///< is_transparent(whole)
    bool tried_summary = false;
    std::optional<View> header;  ///< of `whole` or `header_octets`
    std::string header_octets;
    std::optional<std::vector<bool>> contents;  ///< per needle
    std::optional<Error> failure;
  };

  void prepare(Key& key, std::span<const Range> saved);
  void number_needles(Key& key);
  bool holds(const Key& key);
  bool holds_fact(const Key& key) const;
  [[nodiscard]] bool holds_time(const Key& key) const;
  bool holds_date(const Key& key);
  bool holds_field(const Key& key);
  bool holds_text(const Key& key);
  bool holds_in_header(const Key& key);
  bool fails_search(const Error& error);
  /// Fields of the header without reading it, among them all of this name; nullopt: it must be read.
  std::optional<View> known_fields(View name);
  View header();
  const std::vector<bool>& contents();
  void read_header();
  bool read_whole();
  bool may_hold(const Needle& needle);

  Key root_;
  SelectedMailbox& view_;
  WallTime now_;
  Comparator comparator_;
  Present present_;
  KeptSummary summary_;             // of the present message, if it was tried
  std::vector<Needle> needles_;     // of body and text in root_
  std::vector<RawScreen> screens_;  // of header in root_
  std::uint64_t octets_read_ = 0;
};

}  // namespace posthorn::imap::search
