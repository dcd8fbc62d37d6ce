#include "protocol/sieve/extensions/tests.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {
bool holds(View test, View message =
                          "From: Tim <tim@Example.com>\r\nTo: a@b.example, \"c d\"@e.example\r\n"
                          "Subject: =?utf-8?q?caf=C3=A9?=\r\n  folded \r\nX-Empty:\r\n\r\nbody") {
  Stage stage;
  return stage.run("if " + own(test) + " { discard; }", message) == "discard";
}
}  // namespace

TEST_CASE("RFC 5228 section 5.1: addresses by their parts") {
  CHECK(holds("address :is :all \"from\" \"tim@example.com\""));
  CHECK(holds("address \"from\" \"TIM@example.com\""));
  CHECK(holds("address :domain \"from\" \"example.com\""));
  CHECK(holds("address :localpart \"to\" \"c d\""));
  CHECK_FALSE(holds("address :contains \"from\" \"Tim <\""));
  CHECK_FALSE(holds("address :localpart \"from\" \"justlocal\"", "From: justlocal\r\n\r\n"));
  CHECK(errors("if address \"subject\" \"x\" { keep; }") != "");
}

TEST_CASE("RFC 5228 sections 5.2, 5.3, 5.8: tests of tests") {
  CHECK(holds("allof (true, not false)"));
  CHECK_FALSE(holds("allof (true, false)"));
  CHECK(holds("anyof (false, true)"));
  CHECK_FALSE(holds("anyof (false, false)"));
  CHECK(errors("if allof true { keep; }") == "1:4 'allof' takes a list of tests in parentheses\n");
}

TEST_CASE("RFC 5228 sections 5.5, 5.7: fields that are there, and what they hold") {
  CHECK(holds("exists [\"from\", \"x-empty\"]"));
  CHECK_FALSE(holds("exists [\"from\", \"x-none\"]"));
  CHECK(holds("header \"subject\" \"caf\xC3\xA9  folded\""));
  CHECK(holds("header :contains \"x-empty\" \"\""));
  CHECK(holds("header \"x-empty\" \"\""));
  CHECK_FALSE(holds("header :contains \"x-none\" \"\""));
}

TEST_CASE("RFC 5228 section 5.9: a message of exactly that size is neither over nor under") {
  const View message = "A: b\r\n\r\n12";  // 10 octets
  CHECK_FALSE(holds("size :over 10", message));
  CHECK_FALSE(holds("size :under 10", message));
  CHECK(holds("size :over 9", message));
  CHECK(holds("size :under 1K", message));
  CHECK(errors("if size 10 { keep; }") != "");
  CHECK(errors("if size :over :under 10 { keep; }") != "");
}
