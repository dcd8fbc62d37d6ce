#include "protocol/sieve/interpolation.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("interpolation: names in any case are one variable; numbers up to a limit") {
  Program program;
  program.has_variables = true;
  Text text;
  CHECK_FALSE(interpolate("${Name}-${nAME}-${1}", program, {}, text));
  CHECK(program.variables == std::vector<std::string>{"name"});
  CHECK(text.pieces.count == 5);
  Text plain;
  CHECK_FALSE(interpolate("no variable ${", program, {}, plain));
  CHECK(plain.pieces.count == 0);
  CHECK(interpolate("${100}", program, {}, text));
  CHECK_FALSE(interpolate("${99}", program, {}, text));
  CHECK(interpolate("${" + std::string(65, 'x') + "}", program, {}, text));
}
