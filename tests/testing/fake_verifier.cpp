#include "posthorn/testing/fake_verifier.h"

#include <doctest/doctest.h>

using namespace posthorn;
using posthorn::testing::FakeVerifier;

TEST_CASE("the fake verifier knows what it was told") {
  FakeVerifier verifier{{"ann@example.org", "pw"}};
  CHECK(*verifier.check_password("", "ann@example.org", Secret(View("pw"))) == "ann@example.org");
  CHECK(verifier.check_password("", "ann@example.org", Secret(View("no"))).error().code == Code::denied);
  CHECK(verifier.check_password("bob@example.org", "ann@example.org", Secret(View("pw"))).error().code == Code::denied);
  CHECK(verifier.check_password("", "bob@example.org", Secret(View("pw"))).error().code == Code::denied);
  CHECK(verifier.questions() == 4);
  CHECK(verifier.scram_keys("nobody")->stored_key == verifier.scram_keys("nobody")->stored_key);
  CHECK(*verifier.authorize("", "ann@example.org", posthorn::Secret()) == "ann@example.org");
}

TEST_CASE("a broken fake verifier answers nothing") {
  FakeVerifier verifier{{"ann@example.org", "pw"}};
  verifier.break_down();
  CHECK(verifier.check_password("", "ann@example.org", Secret(View("pw"))).error().code == Code::unavailable);
  CHECK(verifier.scram_keys("ann@example.org").error().code == Code::unavailable);
  CHECK(verifier.authorize("", "ann@example.org", posthorn::Secret()).error().code == Code::unavailable);
}
