// Whether a message answers a SEARCH: what is cheap is asked first, and a body is read only when nothing else decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/protocol/imap/mailboxes.h"

#include "protocol/imap/search_key.h"

namespace posthorn::imap::search {

/// Asks messages of one view. Sets must have been resolved with the view's numbers when it was made.
class Matcher {
 public:
  Matcher(Key root, SelectedMailbox& view);
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// @errors those of reading the message; not_found: it is gone, which is no match
  [[nodiscard]] Result<bool> matches(SeqNum number);
  /// Octets that were read from the store so far.
  [[nodiscard]] std::uint64_t octets_read() const { return octets_read_; }

 private:
  void prepare(Key& key);
  void number_needles(Key& key);
  bool holds(const Key& key);
  bool holds_fact(const Key& key) const;
  bool holds_date(const Key& key);
  bool holds_field(const Key& key);
  bool holds_text(const Key& key);
  bool fails_search(const Error& error);
  const std::string& header();
  const std::vector<bool>& contents();
  std::string read_header();

  Key root_;
  SelectedMailbox& view_;
  SeqNum number_;
  const MessageFacts* facts_ = nullptr;
  std::optional<std::string> header_;
  std::vector<View> needles_;                  ///< of root_
  std::optional<std::vector<bool>> contents_;  ///< of the present message, per needle
  std::optional<Error> failure_;
  std::uint64_t octets_read_ = 0;
};

}  // namespace posthorn::imap::search
