#include "protocol/managesieve/replies.h"

#include <doctest/doctest.h>

using namespace posthorn;

TEST_CASE("every code has a refusal, and none shows an empty text") {
  for (int code = 0; code <= static_cast<int>(Code::defect); ++code) {
    CAPTURE(code);
    for (const Lasting lasting : {Lasting::transient, Lasting::permanent}) {
      const auto reply = managesieve::refusal(static_cast<Code>(code), lasting);
      CHECK(reply.status == "NO");
      CHECK_FALSE(reply.text.empty());
    }
  }
}

TEST_CASE("response codes of RFC 5804 section 1.3") {
  const auto code = [](Code c, Lasting lasting = Lasting::permanent) { return managesieve::refusal(c, lasting).code; };
  CHECK(code(Code::bad_state) == "ACTIVE");
  CHECK(code(Code::not_found) == "NONEXISTENT");
  CHECK(code(Code::exists) == "ALREADYEXISTS");
  CHECK(code(Code::too_many) == "QUOTA/MAXSCRIPTS");
  CHECK(code(Code::too_long) == "QUOTA/MAXSIZE");
  CHECK(code(Code::over_quota) == "QUOTA");
  CHECK(code(Code::encryption_needed) == "ENCRYPT-NEEDED");
  CHECK(code(Code::unsupported) == "AUTH-TOO-WEAK");
  CHECK(code(Code::unavailable, Lasting::transient) == "TRYLATER");
  CHECK(code(Code::denied) == "");
}

TEST_CASE("remarks: a line each, with the place, as many as are wanted") {
  using managesieve::remarks_text;
  CHECK(remarks_text({{2, 5, "no such test"}}, 9) == "line 2, column 5: no such test");
  CHECK(remarks_text({{2, 0, "a"}, {0, 0, "b"}, {3, 1, "c"}, {4, 1, "d"}}, 2) == "line 2: a\r\nb\r\nand 2 more");
  CHECK(remarks_text({}, 2) == "");
}
