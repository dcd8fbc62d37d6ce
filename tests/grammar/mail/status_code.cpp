#include "posthorn/grammar/mail/status_code.h"

#include <array>

#include <doctest/doctest.h>

using namespace posthorn;

TEST_CASE("status code: three numbers at the front of a text (RFC 3463 section 2)") {
  View text = "5.1.10 no mailbox here";
  CHECK(mail::take_status_code(text) == mail::StatusCode{5, 1, 10});
  CHECK(text == " no mailbox here");
  View alone = "4.7.999";
  CHECK(mail::take_status_code(alone)->text() == "4.7.999");
  CHECK(alone.empty());
}

TEST_CASE("status code: what is none stays") {
  constexpr std::array<View, 12> kNone{"",         "5",        "5.1",     "5.1.",   "3.1.1",     "0.0.0",
                                       "5.1000.1", "5.1.1000", "5.1.1.1", "5.1.1x", "550 5.1.1", "5.0001.1"};
  for (const View none : kNone) {
    View text = none;
    CHECK_MESSAGE(!mail::take_status_code(text), none);
    CHECK(text == none);
  }
}
