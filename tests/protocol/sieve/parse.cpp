#include <doctest/doctest.h>

#include "posthorn/protocol/sieve/script.h"

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("parse: a tree with places, for editors") {
  const Parsed parsed =
      parse_script("# mine\r\nif header :is [\"a\", \"b\"] \"c\" {\r\n  keep;\r\n  # inside\r\n}\r\n# end\r\n");
  REQUIRE(parsed.errors.empty());
  REQUIRE(parsed.script.commands.size() == 1);
  const Command& command = parsed.script.commands.front();
  CHECK(command.name == "if");
  CHECK(command.at == Place{2, 1});
  CHECK(command.before.at(0).text == " mine");
  REQUIRE(command.tests.size() == 1);
  CHECK(command.tests.front().at == Place{2, 4});
  CHECK(command.tests.front().arguments.at(1).strings.at(1).at == Place{2, 21});
  CHECK(command.block.at(0).at == Place{3, 3});
  CHECK(command.inside.at(0).text == " inside");
  CHECK(parsed.script.at_end.at(0).text == " end");
}

TEST_CASE("parse: what is wrong, and where") {
  const auto error = [](View text) {
    const Parsed parsed = parse_script(text);
    REQUIRE(parsed.errors.size() == 1);
    return std::to_string(parsed.errors[0].at.line) + ":" + std::to_string(parsed.errors[0].at.column);
  };
  CHECK(error("keep") == "1:5");
  CHECK(error("if true { keep;") == "1:16");
  CHECK(error("}") == "1:1");
  CHECK(error("keep; }") == "1:7");
  CHECK(error("if anyof (true, ) { }") == "1:17");
  CHECK(error("x [\"a\" \"b\"];") == "1:8");
  CHECK(error("x [];") == "1:4");
  CHECK(error("x \"a") == "1:3");
}

TEST_CASE("parse: blocks and tests as deep as allowed, and no deeper") {
  const auto nested = [](std::size_t depth) {
    std::string out;
    for (std::size_t i = 0; i < depth; ++i) out += "if true {";
    return out + std::string(depth, '}');
  };
  CHECK(parse_script(nested(Limits().nesting)).errors.empty());
  CHECK(parse_script(nested(Limits().nesting + 1)).errors.size() == 1);
  std::string nots = "if ";
  for (int i = 0; i < 100'000; ++i) nots += "not ";
  CHECK(parse_script(nots + "true { }").errors.size() == 1);
}
