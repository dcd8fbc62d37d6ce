#include <doctest/doctest.h>

#include "posthorn/protocol/sieve/script.h"

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {
std::string formatted(View text) {
  const Parsed parsed = parse_script(text);
  REQUIRE(parsed.errors.empty());
  return format(parsed.script);
}
}  // namespace

TEST_CASE("format: one style, comments kept") {
  CHECK(formatted("# first\nIF   allof(true ,not false){ KEEP ; /* in */ stop;# last\n}\n# end") ==
        "# first\r\nif allof (true, not false) {\r\n  keep;\r\n  /* in */\r\n  stop;\r\n  # last\r\n}\r\n# end\r\n");
  CHECK(formatted("require[\"a\",\"b\"];if size:over 10k{discard;}") ==
        "require [\"a\", \"b\"];\r\nif size :over 10K {\r\n  discard;\r\n}\r\n");
  CHECK(formatted("redirect \"a\\\"b\\\\c\";") == "redirect \"a\\\"b\\\\c\";\r\n");
}

TEST_CASE("format: what it writes is read as the same") {
  for (const View text :
       {"vacation text: # away\r\nI am\r\n..away\r\n.\r\n;",
        "if not anyof (header :is [\"a\"] \"b\", true) { keep; } else { discard; }",
        "x :a 1 \"s\" [\"t\"] { y; # c\r\n }", "x text:\n.\n;", "x text:\r\n.a\r\n...\r\n.\r\n\"b\";"}) {
    const std::string once = formatted(text);
    CHECK(formatted(once) == once);
    const Parsed first = parse_script(text);
    const Parsed second = parse_script(once);
    REQUIRE(first.script.commands.size() == second.script.commands.size());
    const auto& a = first.script.commands.front().arguments;
    const auto& b = second.script.commands.front().arguments;
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      REQUIRE(a[i].strings.size() == b[i].strings.size());
      for (std::size_t k = 0; k < a[i].strings.size(); ++k) CHECK(a[i].strings[k].value == b[i].strings[k].value);
    }
  }
}
