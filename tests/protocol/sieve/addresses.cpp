#include "protocol/sieve/addresses.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5228 section 2.7.4: groups, several addresses, and fields that hold none") {
  Stage stage;
  const auto found = [&](View value) {
    return stage.run("if address \"to\" \"x@y.example\" { discard; }", "To: " + own(value) + "\r\n\r\n") == "discard";
  };
  CHECK(found("x@y.example"));
  CHECK(found("friends: a@b.example, X <x@y.example>;"));
  CHECK(found("\"x@z.example\" <x@y.example>"));
  CHECK_FALSE(found("\"x@y.example\" <a@b.example>"));
  CHECK_FALSE(found("undisclosed-recipients:;"));
  CHECK(holds_addresses("Cc"));
  CHECK(holds_addresses("X-Original-To"));
  CHECK_FALSE(holds_addresses("Subject"));
}
