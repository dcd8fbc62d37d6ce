#include "protocol/imap/in_progress.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;
using std::chrono::seconds;

TEST_CASE("INPROGRESS: the forms of RFC 9585 section 4, at most once in ten seconds") {
  Buffer buffer;
  Responder responder(buffer, 65'536);
  State state;
  state.tag = "tag";
  state.now = TimePoint(seconds(1000));
  InProgress progress;
  const auto told = [&](seconds later, std::uint64_t done, std::uint64_t goal) {
    state.now += later;
    buffer.clear();
    progress.tell(state, done, goal, responder);
    return own(buffer.view());
  };
  CHECK(told(seconds(0), 1, 1000) == "");
  CHECK(told(seconds(9), 100, 1000) == "");
  CHECK(told(seconds(1), 175, 1000) == "* OK [INPROGRESS (\"tag\" 175 1000)] Still at it\r\n");
  CHECK(told(seconds(9), 200, 1000) == "");
  CHECK(told(seconds(2), 175, 0) == "* OK [INPROGRESS (\"tag\" 175 NIL)] Still at it\r\n");
}
