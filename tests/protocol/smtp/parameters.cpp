#include "protocol/smtp/parameters.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::smtp;

TEST_CASE("esmtp-param: what the grammar refuses") {
  const ServerOptions options;
  const State state;
  const Facts facts{options, state, true, true, true, true};
  const auto taken = [&](View text) {
    MailParams params;
    Cursor c(text);
    return take_parameters(c, facts, params);
  };
  CHECK_FALSE(taken("").has_value());
  CHECK_FALSE(taken(" size=5 body=7bit").has_value());
  CHECK_FALSE(taken(" AUTH=e+3Dmc2@example.com").has_value());  // RFC 4954 section 5
  CHECK(taken("SIZE=5") == say(Said::syntax));
  CHECK(taken("  SIZE=5") == say(Said::syntax));
  CHECK(taken(" =5") == say(Said::syntax));
  CHECK(taken(" SIZE==5") == say(Said::bad_argument));
  CHECK(taken(" BODY=8BITMIME=") == say(Said::syntax));
  CHECK(taken(" X-FOO=1") == say(Said::unknown_parameter));
}

TEST_CASE("addresses that need SMTPUTF8") {
  CHECK_FALSE(needs_utf8({"a", "b.example"}));
  CHECK(needs_utf8({"\xC3\xA4", "b.example"}));
  CHECK(needs_utf8({"a", "\xC3\xA4.example"}));
}
