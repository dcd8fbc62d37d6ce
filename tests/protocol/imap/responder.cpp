#include "posthorn/protocol/imap/responder.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

namespace {
template <class F>
std::string written(F write) {
  Buffer out;
  Responder responder(out, 100);
  write(responder);
  return own(out.view());
}
}  // namespace

TEST_CASE("strings are quoted where quotes can carry them") {
  CHECK(written([](Responder& r) { r.string("a b"); }) == "\"a b\"");
  CHECK(written([](Responder& r) { r.string(""); }) == "\"\"");
  CHECK(written([](Responder& r) { r.string("\"a\\"); }) == "\"\\\"a\\\\\"");
  CHECK(written([](Responder& r) { r.string("a\r\nb"); }) == "{4}\r\na\r\nb");
  CHECK(written([](Responder& r) { r.string("\xC3\xA9"); }) == "{2}\r\n\xC3\xA9");
  CHECK(written([](Responder& r) { r.set_enabled({.utf8 = true}), r.string("\xC3\xA9"); }) == "\"\xC3\xA9\"");
  CHECK(written([](Responder& r) { r.set_enabled({.utf8 = true}), r.string("\xC3"); }) == "{1}\r\n\xC3");
  CHECK(written([](Responder& r) { r.nstring(std::nullopt); }) == "NIL");
}

TEST_CASE("mailbox names are modified UTF-7 until UTF8=ACCEPT is enabled") {
  CHECK(written([](Responder& r) { r.mailbox("A&B"); }) == "\"A&-B\"");
  CHECK(written([](Responder& r) { r.mailbox("\u65e5\u672c\u8a9e"); }) == "\"&ZeVnLIqe-\"");
  CHECK(written([](Responder& r) { r.set_enabled({.utf8 = true}), r.mailbox("\u65e5"); }) == "\"\u65e5\"");
}

TEST_CASE("status responses, flags and sets") {
  CHECK(written([](Responder& r) { r.untagged(Status::ok, "UIDNEXT 4", "Predicted"); }) ==
        "* OK [UIDNEXT 4] Predicted\r\n");
  CHECK(written([](Responder& r) { r.ok("Done"), r.write_completion("a1"); }) == "a1 OK Done\r\n");
  CHECK(written([](Responder& r) { r.continuation("idling"); }) == "+ idling\r\n");
  CHECK(written([](Responder& r) { r.flags({9, {"$Junk"}}); }) == "(\\Deleted \\Seen $Junk)");
  CHECK(written([](Responder& r) { r.flags({}); }) == "()");
  CHECK(uid_set(std::vector<Uid>{Uid(3), Uid(4), Uid(5), Uid(9), Uid(2)}) == "3:5,9,2");
  CHECK(uid_set({}) == "");
}

TEST_CASE("full() says when to stop") {
  Buffer out;
  Responder responder(out, 4);
  responder.raw("abc");
  CHECK_FALSE(responder.full());
  responder.raw("d");
  CHECK(responder.full());
  out.consume(1);
  CHECK_FALSE(responder.full());
}
