#include "posthorn/protocol/smtp/parameter_values.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::smtp;

TEST_CASE("values of parameters are written as they are read") {
  for (View value : {"NEVER", "SUCCESS", "FAILURE,DELAY", "SUCCESS,FAILURE,DELAY"}) {
    const auto notify = parse_notify(value);
    REQUIRE(notify);
    CHECK(notify->given);
    CHECK(format_notify(*notify) == value);
  }
  CHECK(format_notify({}).empty());
  for (View value : {"120;R", "0;N", "-5;NT", "999999999;RT"}) {
    const auto by = parse_deliver_by(value);
    REQUIRE(by);
    CHECK(format_deliver_by(*by) == value);
  }
  for (int i = -9; i <= 9; ++i) CHECK(parse_priority(std::to_string(i)) == i);
}

TEST_CASE("an envelope id is printable and fits its parameter") {
  CHECK(format_envelope_id("a b+c=d") == "a+20b+2Bc+3Dd");
  CHECK(parse_envelope_id("a+20b+2Bc+3Dd") == "a b+c=d");
  CHECK(format_envelope_id(std::string(100, 'x')));
  CHECK_FALSE(format_envelope_id(std::string(101, 'x')));
  CHECK_FALSE(format_envelope_id(std::string(34, ' ')));  // 102 octets of xtext
  for (View bad : {"", "a\r\nb", "\xC3\xA4"}) CHECK_FALSE(format_envelope_id(bad));
}
