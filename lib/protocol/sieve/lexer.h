// Tokens of a script (RFC 5228 section 8.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/diagnostic.h"
#include "posthorn/protocol/sieve/script.h"

namespace posthorn::sieve {

enum class TokenKind : std::uint8_t { identifier, tag, number, string, text, mark, end, wrong };

struct Token {
  TokenKind kind = TokenKind::end;
  Place at;
  char mark = 0;      ///< of `{ } ( ) [ ] , ;`
  std::string value;  ///< of identifiers and tags in lower case, of strings; what is wrong
  std::uint64_t number = 0;
  char quantifier = 0;
};

/// Reads token after token; comments are put aside.
class Lexer {
 public:
  /// @lifetime borrows `text`
  explicit Lexer(View text) : text_(text) {}
  void next(Token& out);
  /// Those in front of the last token that nobody took yet.
  [[nodiscard]] std::vector<Comment> take_comments() { return std::exchange(comments_, {}); }

 private:
  bool skip_space(Token& out);
  bool comment(Token& out);
  void word(Token& out, TokenKind kind);
  void number(Token& out);
  void quoted(Token& out);
  bool multi_line(Token& out);
  void wrong(Token& out, View why);
  void step(std::size_t octets);

  View text_;
  std::size_t at_ = 0;
  Place place_;
  std::vector<Comment> comments_;
};

}  // namespace posthorn::sieve
