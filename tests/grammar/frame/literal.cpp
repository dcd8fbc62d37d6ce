#include "posthorn/grammar/frame/literal.h"

#include <doctest/doctest.h>

using namespace posthorn;
using frame::Literal;
using frame::literal_at_end;

TEST_CASE("literal: announcements at the end of a line") {
  CHECK(literal_at_end("A001 LOGIN {11}") == Literal{11, 11, true, false});
  CHECK(literal_at_end("A001 LOGIN {11+}") == Literal{11, 11, false, false});
  CHECK(literal_at_end("A APPEND x ~{7}") == Literal{11, 7, true, true});
  CHECK(literal_at_end("{0}") == Literal{0, 0, true, false});
  CHECK(literal_at_end("PUTSCRIPT \"a\" {31+}") == Literal{14, 31, false, false});
}

TEST_CASE("literal: no announcement") {
  for (View line :
       {"", "}", "{}", "{+}", "{a}", "3}", "{3} ", "{3", "{-3}", "{3 }", "{ 3}", "\"{3}\"", "{3-}", "{3++}"}) {
    CAPTURE(line);
    CHECK_FALSE(literal_at_end(line));
  }
}

TEST_CASE("literal: numbers that no integer holds are still announcements") {
  CHECK(literal_at_end("{18446744073709551615}")->octets == 18446744073709551615U);
  CHECK(literal_at_end("{18446744073709551616}")->octets == 18446744073709551615U);
  CHECK(literal_at_end("{99999999999999999999999999999999}")->octets == 18446744073709551615U);
  CHECK(literal_at_end("{184467440737095516150}")->octets == 18446744073709551615U);
}

TEST_CASE("the end of an announcement whose beginning was dropped is known as that") {
  CHECK(frame::is_cut_literal("00000000000000000005+}"));
  CHECK(frame::is_cut_literal("7}"));
  CHECK_FALSE(frame::is_cut_literal("{7}"));
  CHECK_FALSE(frame::is_cut_literal("a7+}"));
  CHECK_FALSE(frame::is_cut_literal("}"));
  CHECK_FALSE(frame::is_cut_literal(""));
}
