#include "protocol/imap/replies.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("every failure has words, and the operator's note is not among them") {
  for (int code = 0; code <= static_cast<int>(Code::defect); ++code) {
    for (Lasting lasting : {Lasting::transient, Lasting::permanent}) {
      const Reply reply =
          reply_to({static_cast<Code>(code), Blame::environment, lasting, "secret note"}, Missing::source);
      CHECK_FALSE(reply.text.empty());
      CHECK(reply.text.find("secret") == View::npos);
      CHECK((reply.status == Status::no || reply.status == Status::bad));
    }
  }
}

TEST_CASE("RFC 5530 codes") {
  CHECK(reply_to(peer_error(Code::not_found), Missing::source).code == "NONEXISTENT");
  CHECK(reply_to(peer_error(Code::not_found), Missing::target).code == "TRYCREATE");
  CHECK(reply_to(peer_error(Code::exists), Missing::source).code == "ALREADYEXISTS");
  CHECK(reply_to(environment_error(Code::over_quota), Missing::source).code == "OVERQUOTA");
  CHECK(reply_to(environment_error(Code::unavailable), Missing::source).code == "UNAVAILABLE");
  for (const Lasting lasting : {Lasting::transient, Lasting::permanent}) {
    const Reply sealed = reply_to({Code::sealed, Blame::environment, lasting}, Missing::source);
    CHECK(sealed.status == Status::no);
    CHECK(sealed.code == "UNAVAILABLE");
    CHECK(sealed.text.find("sealed") != View::npos);
  }
  CHECK(reply_to(peer_error(Code::syntax), Missing::source).status == Status::bad);
}
