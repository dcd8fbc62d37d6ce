#include "posthorn/protocol/smtp/reply.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::smtp;

namespace {
std::string line(const Reply& reply) {
  std::string out;
  format(reply, out);
  return out;
}
std::string number(Code code, Lasting lasting, Topic topic) {
  const Reply reply = refusal(Error(code, Blame::environment, lasting, "secret note"), topic);
  CHECK(line(reply).find("secret") == std::string::npos);
  return std::to_string(reply.code) + " " + reply.enhanced;
}
}  // namespace

TEST_CASE("a reply is one line whatever is in it") {
  CHECK(line({250, "2.0.0", "Stored as 17"}) == "250 2.0.0 Stored as 17\r\n");
  CHECK(line({220, "", "mx ESMTP"}) == "220 mx ESMTP\r\n");
  CHECK(line({550, "5.1.1", "a\r\n250 b\x7F\xC3"}) == "550 5.1.1 a??250 b??\r\n");
}

TEST_CASE("every reply has a code of its class and an enhanced code of the same class") {
  for (int i = 0; i <= static_cast<int>(Said::failed); ++i) {
    const Reply reply = say(static_cast<Said>(i));
    CHECK(reply.code >= 200);
    CHECK(reply.code < 560);
    if (!reply.enhanced.empty()) CHECK(reply.enhanced.front() - '0' == reply.code / 100);
    CHECK(line(reply).size() <= 512);  // RFC 5321 section 4.5.3.1.5
  }
  CHECK(say(Said::message_stored, "as 17").text == "Stored as 17");
}

TEST_CASE("errors become the replies that RFC 3463 and RFC 4954 name") {
  CHECK(number(Code::not_found, Lasting::permanent, Topic::recipient) == "550 5.1.1");
  CHECK(number(Code::denied, Lasting::permanent, Topic::recipient) == "550 5.2.1");
  CHECK(number(Code::unsupported, Lasting::permanent, Topic::recipient) == "550 5.7.1");
  CHECK(number(Code::over_quota, Lasting::transient, Topic::recipient) == "452 4.2.2");
  CHECK(number(Code::over_quota, Lasting::permanent, Topic::message) == "452 4.2.2");
  CHECK(number(Code::unavailable, Lasting::transient, Topic::recipient) == "451 4.3.0");
  CHECK(number(Code::sealed, Lasting::permanent, Topic::message) == "451 4.3.0");
  CHECK(number(Code::sealed, Lasting::permanent, Topic::recipient) == "451 4.3.0");
  CHECK(number(Code::no_space, Lasting::transient, Topic::message) == "452 4.3.1");
  CHECK(number(Code::denied, Lasting::permanent, Topic::login) == "535 5.7.8");
  CHECK(number(Code::unavailable, Lasting::transient, Topic::login) == "454 4.7.0");
}

TEST_CASE("no failure of ours is the end of a message") {
  for (Code code : {Code::unavailable, Code::conflict, Code::corrupt, Code::sealed, Code::timed_out, Code::closed, Code::misuse,
                    Code::defect, Code::no_space, Code::over_quota}) {
    for (Lasting lasting : {Lasting::transient, Lasting::permanent}) {
      CHECK(number(code, lasting, Topic::message).starts_with("45"));
      CHECK(number(code, lasting, Topic::recipient).starts_with("45"));
    }
  }
}
