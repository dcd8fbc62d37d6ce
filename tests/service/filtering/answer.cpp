#include "service/filtering/answer.h"

#include <doctest/doctest.h>

#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::filtering;

namespace {

constexpr View kHeader =
    "From: b@two.example\r\nTo: ann@example.net\r\nSubject: lunch\r\nMessage-ID: <2@two.example>\r\n"
    "References: <0@two.example>\r\n <1@two.example>\r\n";

Occasion occasion(View header = kHeader) {
  return {.from = address_of("ann@example.net"),
          .to = "b@two.example",
          .header = header,
          .now = posthorn::testing::FakeClock::kStart};
}

}  // namespace

// RFC 5230 section 5, RFC 3834 section 3.
TEST_CASE("answer: it belongs to the message that it answers") {
  posthorn::testing::SeededRandom random(1);
  const sieve::Vacation vacation{.reason = "I am away.\r\n"};
  const auto text = compose_answer(vacation, occasion(), random);
  REQUIRE(text.has_value());
  CHECK(text->contains("From: ann@example.net\r\n"));
  CHECK(text->contains("To: b@two.example\r\n"));
  CHECK(text->contains("Subject: Auto: lunch\r\n"));
  CHECK(text->contains("In-Reply-To: <2@two.example>\r\n"));
  CHECK(text->contains("References: <0@two.example> <1@two.example> <2@two.example>\r\n"));
  CHECK(text->contains("Auto-Submitted: auto-replied"));
  CHECK(text->contains("Date: "));
  CHECK(text->contains("Message-ID: <"));
  CHECK(text->ends_with("\r\n\r\nI am away.\r\n"));
  CHECK(compose_answer(vacation, occasion("X: y\r\n"), random)->contains("Subject: Automated reply\r\n"));
  CHECK(compose_answer({.reason = "a", .subject = "Gone\r\nBcc: all"}, occasion(), random)
            ->contains("Subject: Gone  Bcc: all\r\n"));
}

// RFC 5230 section 4.3.
TEST_CASE("answer: a reason that is a MIME entity stays one") {
  posthorn::testing::SeededRandom random(1);
  const auto text =
      compose_answer({.reason = "Content-Type: text/html\r\n\r\n<b>away</b>\r\n", .mime = true}, occasion(), random);
  REQUIRE(text.has_value());
  CHECK(text->contains("MIME-Version: 1.0\r\n"));
  CHECK(text->contains("\r\nContent-Type: text/html\r\n"));
  CHECK(text->ends_with("\r\n\r\n<b>away</b>\r\n"));
  CHECK_FALSE(text->contains("text/plain"));
  const auto more =
      compose_answer({.reason = "Bcc: all\nContent-Type: text/plain;\n charset=utf-8\n\none\ntwo\n", .mime = true},
                     occasion(), random);
  REQUIRE(more.has_value());
  CHECK_FALSE(more->contains("Bcc"));
  CHECK(more->ends_with("\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n\r\none\r\ntwo\r\n"));
  CHECK_FALSE(compose_answer({.reason = "no header", .mime = true}, occasion(), random).has_value());
}

// RFC 5429 section 2.2.1.
TEST_CASE("answer: a refusal by mail keeps its words and tells what became of the message") {
  posthorn::testing::SeededRandom random(1);
  const auto text =
      compose_refusal("N\xC3\xA3o, obrigado", "ann@example.net", own(kHeader) + "\r\nText\r\n", occasion(), random);
  REQUIRE(text.has_value());
  CHECK(text->contains("multipart/report"));
  CHECK(text->contains("report-type=disposition-notification"));
  CHECK(text->contains("Disposition: automatic-action/MDN-sent-automatically; deleted\r\n"));
  CHECK(text->contains("Final-Recipient: rfc822; ann@example.net\r\n"));
  CHECK(text->contains("Original-Message-ID: <2@two.example>\r\n"));
  CHECK(text->contains("Auto-Submitted: auto-replied\r\n"));
  CHECK(text->contains("N=C3=A3o, obrigado"));
}

TEST_CASE("answer: the owner is told where his script stopped") {
  posthorn::testing::SeededRandom random(1);
  const auto text = compose_complaint("main", {.at = {7, 3}, .text = "no such\r\nthing"}, occasion(), random);
  REQUIRE(text.has_value());
  CHECK(text->contains("\"main\" stopped in line 7, column 3:"));
  CHECK(text->contains("    no such  thing\r\n"));
  CHECK(text->contains("    Subject: lunch\r\n"));
  CHECK(text->contains("Auto-Submitted: auto-generated\r\n"));
}

TEST_CASE("answer: references stay few, with the first one") {
  std::string header = "Message-ID: <last@a>\r\nReferences:";
  for (int i = 0; i < 200; ++i) header += " <" + std::to_string(i) + "@a>\r\n";
  const auto ids = references_to(header);
  CHECK(ids.size() == 52);
  CHECK(ids.front() == "0@a");
  CHECK(ids.back() == "last@a");
}
