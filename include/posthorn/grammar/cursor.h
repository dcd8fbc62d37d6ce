// The sticky cursor: a grammar rule is one && chain; the first failure wins and keeps its offset.
//
// `try_x` takes x when it is there and says whether it did, without an error. Plain `x` requires it: its absence
// is the error that finish() returns. After a failure nothing matches any more.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn {

/// Reads a text from left to right. @lifetime borrows the text
class Cursor {
 public:
  explicit Cursor(View text) : text_(text) {}

  [[nodiscard]] bool ok() const { return !failed_; }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] View rest() const { return text_.substr(at_); }
  [[nodiscard]] std::uint32_t offset() const { return static_cast<std::uint32_t>(at_); }
  /// The next octet, or NUL at the end (NUL itself is never a token of a mail grammar).
  [[nodiscard]] char peek() const { return failed_ || at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] const Error& error() const { return error_; }
  /// Whether both sides agreed on UTF-8 where the grammar knew another spelling before (RFC 9755 section 3); no at
  /// first.
  [[nodiscard]] bool utf8() const { return utf8_; }
  void set_utf8(bool on) { utf8_ = on; }

  bool try_octet(char c) {
    if (failed_ || at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool octet(char c) { return try_octet(c) || fail(Code::syntax); }
  bool try_sp() { return try_octet(' '); }
  bool sp() { return octet(' '); }

  /// A keyword, ASCII case ignored; does not look at what follows it.
  bool try_word(View word) {
    if (failed_ || !same_word(rest().substr(0, word.size()), word)) return false;
    at_ += word.size();
    return true;
  }
  bool word(View w) { return try_word(w) || fail(Code::syntax); }

  /// The longest run of members of `set`; may be empty.
  View try_run(const CharSet& set) {
    if (failed_) return {};
    const std::size_t from = at_;
    while (at_ < text_.size() && set[text_[at_]]) ++at_;
    return text_.substr(from, at_ - from);
  }
  /// At least one member of `set`.
  bool run(const CharSet& set, View& out) {
    out = try_run(set);
    return !out.empty() || fail(Code::syntax);
  }
  /// Exactly `count` octets of any kind.
  bool octets(std::size_t count, View& out) {
    if (failed_ || rest().size() < count) return fail(Code::syntax);
    out = text_.substr(at_, count);
    at_ += count;
    return true;
  }

  /// Decimal digits as a number of at most `max`.
  template <std::unsigned_integral N>
  bool number(N& out, N max = std::numeric_limits<N>::max()) {
    View digits;
    const std::size_t from = at_;
    if (!run(chars::kDigit, digits)) return false;
    N value = 0;
    for (char c : digits) {
      const N digit = static_cast<N>(c - '0');
      if (value > (max - digit) / 10) {
        at_ = from;
        return fail(Code::syntax, "number out of range");
      }
      value = static_cast<N>(value * 10 + digit);
    }
    out = value;
    return true;
  }

  bool end() { return (!failed_ && at_end()) || fail(Code::syntax); }

  /// Goes back to an offset that offset() gave; for alternatives that need to look further than one token.
  void back_to(std::uint32_t offset) {
    if (!failed_) at_ = offset;
  }

  /// Records the first failure at the present offset; always false.
  bool fail(Code code, View note = {}) {
    if (!failed_) {
      failed_ = true;
      error_ = peer_error(code, note, offset());
    }
    return false;
  }
  /// The value, or the first failure.
  template <class T>
  [[nodiscard]] Result<T> finish(T value) {
    if (failed_) return posthorn::fail(error_);
    return value;
  }

 private:
  View text_;
  std::size_t at_ = 0;
  bool failed_ = false;
  bool utf8_ = false;
  Error error_;
};

}  // namespace posthorn
