#include "protocol/imap/pattern.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::imap {

namespace {

constexpr View kInbox = "INBOX";

bool is_wild(char c) { return c == '*' || c == '%'; }

// Whether the first level of `text` is INBOX in any case.
bool starts_with_inbox(View text) {
  return same_word(text.substr(0, kInbox.size()), kInbox) &&
         (text.size() == kInbox.size() || text[kInbox.size()] == kDelimiter);
}

}  // namespace

Pattern::Pattern(std::string text) {
  for (char c : text) {
    if (is_wild(c) && !text_.empty() && is_wild(text_.back())) {
      if (c == '*') text_.back() = '*';
    } else {
      text_ += c;
    }
  }
  if (starts_with_inbox(text_)) text_.replace(0, kInbox.size(), kInbox);
  literals_ = text_.size() - static_cast<std::size_t>(std::count_if(text_.begin(), text_.end(), is_wild));
}

// Follows all positions of the pattern that the octets so far can have led to.
bool Pattern::matches(View name) const {
  if (name.size() < literals_) return false;
  const std::size_t size = text_.size();
  std::vector<bool> at(size + 1);
  std::vector<bool> after(size + 1);
  const auto skip_wild = [&](std::vector<bool>& set) {
    for (std::size_t i = 0; i < size; ++i) {
      if (set[i] && is_wild(text_[i])) set[i + 1] = true;
    }
  };
  at[0] = true;
  skip_wild(at);
  for (std::size_t n = 0; n < name.size(); ++n) {
    const char c = name[n];
    after.assign(size + 1, false);
    bool any = false;
    for (std::size_t i = 0; i < size; ++i) {
      if (!at[i]) continue;
      const char p = text_[i];
      if (p == '*' || (p == '%' && c != kDelimiter)) {
        after[i] = any = true;
      } else if (p == c) {
        after[i + 1] = any = true;
      }
    }
    if (!any) return false;
    skip_wild(after);
    std::swap(at, after);
  }
  return at[size];
}

}  // namespace posthorn::imap
