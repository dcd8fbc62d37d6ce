#include "protocol/sieve/lexer.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {
std::string tokens(View text) {
  Lexer lexer(text);
  std::string out;
  for (Token token;;) {
    lexer.next(token);
    const std::string place = std::to_string(token.at.line) + ":" + std::to_string(token.at.column) + " ";
    switch (token.kind) {
      case TokenKind::end: return out;
      case TokenKind::wrong: return out + place + "wrong";
      case TokenKind::mark: out += place + token.mark; break;
      case TokenKind::number: out += place + std::to_string(token.number); break;
      case TokenKind::tag: out += place + ":" + token.value; break;
      case TokenKind::identifier:
      case TokenKind::string:
      case TokenKind::text: out += place + token.value; break;
    }
    out += '\n';
  }
}
}  // namespace

TEST_CASE("RFC 5228 section 8.1: tokens and their places") {
  CHECK(tokens("Keep ;\r\n\t:Is 10K \"a\\\"b\"") == "1:1 keep\n1:6 ;\n2:2 :is\n2:6 10240\n2:10 a\"b\n");
  CHECK(tokens("# c\n/* d\n */ x") == "3:5 x\n");
  CHECK(tokens("text:\t# c\r\na\r\n..b\r\n.c\r\n.\r\n;") == "1:1 a\r\n.b\r\n.c\r\n\n6:1 ;\n");
  CHECK(tokens("text") == "1:1 text\n");
}

TEST_CASE("what is no token") {
  for (const View text : {"\"open", "\"open\\", "/* open", "text:\r\nopen", "text: x", ":", ":1", "10X",
                          "99999999999999999999", "18014398509481984K", "\"\xFF\"", "@", "text:\r\n\xC3\r\n.\r\n"})
    CHECK_MESSAGE(tokens(text).ends_with("wrong"), text);
  CHECK(tokens(View("\"a\0b\"", 5)).ends_with("wrong"));
}
