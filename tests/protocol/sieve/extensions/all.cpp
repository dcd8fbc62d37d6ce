#include "protocol/sieve/extensions/all.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("the capability names what require takes, and nothing that is always there") {
  const std::string words = " " + capability() + " ";
  for (const View name : {"fileinto", "vacation", "imap4flags", "comparator-i;ascii-numeric", "encoded-character"})
    CHECK(words.find(" " + own(name) + " ") != std::string::npos);
  for (const View name : {"keep", "tests", "control", "comparator-i;octet"})
    CHECK(words.find(" " + own(name) + " ") == std::string::npos);
}

TEST_CASE("a command of an extension needs its require, and says so") {
  CHECK(errors("fileinto \"x\";") == "1:1 'fileinto' needs: require \"fileinto\";\n");
  CHECK(errors("require \"fileinto\"; fileinto :copy \"x\";") == "1:30 ':copy' needs: require \"copy\";\n");
  CHECK(errors("require \"nonsense\";") == "1:9 there is no extension \"nonsense\"\n");
}
