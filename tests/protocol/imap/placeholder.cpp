#include "protocol/imap/placeholder.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/message.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("placeholders: only what is wrong with one message has one") {
  for (int code = 0; code <= static_cast<int>(Code::defect); ++code) {
    const auto c = static_cast<Code>(code);
    CHECK(is_unopened(c) == (c == Code::sealed || c == Code::corrupt));
  }
}

TEST_CASE("placeholders: a small message that says what is wrong") {
  MessageFacts facts;
  facts.internal_date = WallTime(std::chrono::seconds(1'767'225'600));
  for (const Code why : {Code::sealed, Code::corrupt}) {
    const std::string text = placeholder(why, facts);
    CAPTURE(text);
    CHECK(codec::is_ascii(text));
    CHECK(text.size() < 1000);
    const auto message = mime::Message::index(text, {});
    REQUIRE(message.parts().size() == 1);
    CHECK(message.part(mime::PartId(0)).type == "text");
    const View header = message.header(mime::PartId(0));
    CHECK(mail::parse_date(mime::unfold(mime::find_field(header, "Date").value_or(""))) == facts.internal_date);
    const auto subject = mime::find_field(header, "Subject");
    REQUIRE(subject);
    CHECK(subject->find(why == Code::sealed ? "sealed" : "damaged") != View::npos);
    CHECK(subject->find(why == Code::sealed ? "log in" : "administrator") != View::npos);
    CHECK(mime::find_field(header, "From")->find(".invalid>") != View::npos);
    for (std::size_t lf = text.find('\n'); lf != std::string::npos; lf = text.find('\n', lf + 1)) {
      CHECK(text[lf - 1] == '\r');
    }
  }
}

TEST_CASE("placeholders: a date that no header can hold is left out") {
  MessageFacts facts;
  facts.internal_date = WallTime(std::chrono::hours(24) * 365 * 20'000);
  const std::string text = placeholder(Code::sealed, facts);
  CHECK(text.starts_with("From: "));
}
