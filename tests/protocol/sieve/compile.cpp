#include <doctest/doctest.h>

#include "posthorn/protocol/sieve/program.h"

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("compile: every error has its place, up to a limit") {
  CHECK(errors("keep\r\n") == "2:1 ';' or a block is expected here\n");
  CHECK(errors("nonsense;\r\n  other \"x\";\r\n") ==
        "1:1 there is no command 'nonsense'\n2:3 there is no command 'other'\n");
  CHECK(errors("if odd { keep; }") == "1:4 there is no test 'odd'\n");
  CHECK(errors("if header :is \"a\" { keep; }") == "1:4 'header' takes 2 arguments behind its tags, here are 1\n");
  CHECK(errors("if header :is 5 \"a\" { keep; }") == "1:15 'header' wants a list of strings here\n");
  CHECK(errors("redirect [\"a@b.example\"];") == "1:10 'redirect' wants a string here\n");
  CHECK(errors("if header :is :contains \"a\" \"b\" { keep; }") == "1:15 ':contains' cannot stand beside ':is'\n");
  CHECK(errors("if header :comparator { keep; }") == "1:11 ':comparator' needs a string behind it\n");
  CHECK(errors("keep :nonsense;") == "1:6 'keep' takes no ':nonsense'\n");
  CHECK(errors("redirect \"a@b.example\" :copy;") != "");
  std::string many;
  for (int i = 0; i < 100; ++i) many += "nonsense;";
  CHECK(compile(View(many)).errors.size() == Limits().errors);
}

TEST_CASE("compile: a script is a program only when nothing is wrong") {
  CHECK(compile(View("keep;")).program != nullptr);
  CHECK(compile(View("keep; nonsense;")).program == nullptr);
  CHECK(compile(View("keep")).program == nullptr);
  Limits limits;
  limits.script = 10;
  CHECK(compile(View("keep; keep;"), limits).errors.at(0).text == "the script is longer than 10 octets");
}
