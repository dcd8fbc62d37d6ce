#include "posthorn/protocol/pop3/refusal.h"

#include <doctest/doctest.h>

using namespace posthorn;

TEST_CASE("each error has words that fit in a response line") {
  for (int code = 0; code <= static_cast<int>(Code::defect); ++code) {
    for (const Lasting lasting : {Lasting::transient, Lasting::permanent}) {
      const View text = pop3::refusal(static_cast<Code>(code), lasting);
      CHECK(!text.empty());
      CHECK(text.size() + 7 <= 512);  // RFC 2449 section 4
    }
  }
}

TEST_CASE("the response codes of RFC 2449 and RFC 3206") {
  CHECK(pop3::refusal(Code::denied, Lasting::permanent).starts_with("[AUTH] "));
  CHECK(pop3::refusal(Code::unavailable, Lasting::transient).starts_with("[SYS/TEMP] "));
  CHECK(pop3::refusal(Code::corrupt, Lasting::permanent).starts_with("[SYS/PERM] "));
  CHECK(pop3::refusal(Code::sealed, Lasting::permanent).starts_with("[SYS/PERM] This message is sealed"));
  CHECK(pop3::refusal(Code::sealed, Lasting::transient).starts_with("[SYS/PERM] This message is sealed"));
  CHECK(pop3::refusal(Code::conflict, Lasting::transient).starts_with("[IN-USE] "));
  CHECK(pop3::refusal(Code::too_many, Lasting::transient).starts_with("[LOGIN-DELAY] "));
}
