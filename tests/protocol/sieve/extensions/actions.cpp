#include "protocol/sieve/extensions/actions.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5228 section 2.10.2: what is not filed, redirected or discarded is kept") {
  Stage stage;
  CHECK(stage.run("") == "implicit keep");
  CHECK(stage.run("keep;") == "keep");
  CHECK(stage.run("discard;") == "discard");
  CHECK(stage.run("discard; keep;") == "discard; keep");
  CHECK(stage.run("redirect \"bart@example.com\";") == "redirect bart@example.com");
}

TEST_CASE("RFC 5228 section 2.10.3: the same action twice is done once") {
  Stage stage;
  CHECK(stage.run("keep; keep;") == "keep");
  CHECK(stage.run("redirect \"a@b.example\"; redirect \"a@b.example\";") == "redirect a@b.example");
}

TEST_CASE("redirect: what is no address is refused, while compiling or when it is made") {
  CHECK(errors("redirect \"nobody\";") == "1:10 \"nobody\" is no address\n");
  Stage stage;
  CHECK(stage.run("require \"variables\"; set \"a\" \"no body\"; redirect \"${a}\";") ==
        "error 1:41 \"no body\" is no address to redirect to; implicit keep");
}

TEST_CASE("redirect: no more than a few") {
  Stage stage;
  std::string script;
  for (const char c : {'a', 'b', 'c', 'd'}) script += std::string("redirect \"") + c + "@example.com\";\r\n";
  CHECK(stage.run(script).starts_with("redirect a@example.com; "));
  CHECK(stage.run(script + "redirect \"e@example.com\";") == "error 5:1 too many redirects; implicit keep");
}
