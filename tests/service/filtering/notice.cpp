#include "service/filtering/notice.h"

#include <doctest/doctest.h>

#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::filtering;

// RFC 6068 sections 2 and 6.
TEST_CASE("notice: mailto URIs") {
  const auto plain = parse_method("mailto:chris@example.com");
  REQUIRE(plain.has_value());
  CHECK(plain->to == std::vector<std::string>{"chris@example.com"});
  const auto whole =
      parse_method("MAILTO:joe@example.com,a%2Bb@example.com?subject=current%2Dissue&body=one%0D%0Atwo&cc=x");
  REQUIRE(whole.has_value());
  CHECK(whole->to == std::vector<std::string>{"joe@example.com", "a+b@example.com"});
  CHECK(whole->subject == "current-issue");
  CHECK(whole->body == "one\r\ntwo");
  const auto in_field = parse_method("mailto:?to=joe@example.com&to=ann@example.com");
  REQUIRE(in_field.has_value());
  CHECK(in_field->to.size() == 2);
  CHECK(parse_method("mailto:a@example.com?subject=%")->subject == "%");
  for (const View bad : {"", "mailto:", "mailto:?subject=a", "mailto:no-address", "mailto:a@example.com,", "xmpp:a@b",
                         "tel:+1", "mailto:a@example.com,b", "mailto:a@example.com?subject=%ff"}) {
    CAPTURE(bad);
    if (bad == "mailto:a@example.com,") {
      CHECK(parse_method(bad)->to.size() == 1);
    } else {
      CHECK_FALSE(parse_method(bad).has_value());
    }
  }
}

TEST_CASE("notice: no notification of a notification") {
  CHECK(may_be_notified("Subject: a\r\n"));
  CHECK(may_be_notified("Auto-Submitted: auto-generated\r\n"));
  CHECK_FALSE(may_be_notified("auto-submitted: Auto-Notified; owner-email=\"a@example.net\"\r\n"));
}

// RFC 5436 section 2.7.
TEST_CASE("notice: the message says that a machine sent it, for whom and how urgent it is") {
  testing::SeededRandom random(1);
  const auto method = parse_method("mailto:pager@two.example?subject=from%20the%20URI");
  sieve::Notify wishes{.method = "mailto:pager@two.example", .importance = 1};
  const Notice notice{
      .wishes = wishes,
      .method = *method,
      .from = "ann@example.net",
      .owner = "ann@example.net",
      .header = "From: b@two.example\r\nSubject: =?utf-8?q?G=C3=B6?=\r\nMessage-ID: <1@two.example>\r\n",
      .now = testing::FakeClock::kStart};
  auto text = compose(notice, random);
  REQUIRE(text.has_value());
  CHECK(text->contains("Auto-Submitted: auto-notified; owner-email=\"ann@example.net\"\r\n"));
  CHECK(text->contains("Importance: high\r\n"));
  CHECK(text->contains("To: pager@two.example\r\n"));
  CHECK(text->contains("From: ann@example.net\r\n"));
  CHECK(text->contains("Subject: from the URI\r\n"));
  CHECK(text->contains("References: <1@two.example>\r\n"));
  CHECK(text->contains("There is new mail for ann@example.net."));
  wishes.message = "mine\r\nBcc: all";
  text = compose(notice, random);
  REQUIRE(text.has_value());
  CHECK(text->contains("Subject: mine  Bcc: all\r\n"));
}
