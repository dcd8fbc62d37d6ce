#include "posthorn/grammar/mail/tag_list.h"

#include <doctest/doctest.h>

namespace posthorn::mail {
namespace {

// RFC 6376 section 3.2.
TEST_CASE("tag lists are read") {
  const auto list = TagList::parse("v=1; a = rsa-sha256 ;\r\n\tb=ab\r\n cd ; z=;_");
  CHECK_FALSE(list);
  const std::string text = "v=1; a = rsa-sha256 ;\r\n\tb=ab\r\n cd ; z=;";
  const auto good = TagList::parse(text);
  REQUIRE(good);
  REQUIRE(good->tags().size() == 4);
  CHECK(good->value("v") == "1");
  CHECK(good->value("a") == "rsa-sha256");
  CHECK(good->value("b") == "ab\r\n cd");
  CHECK(without_space(*good->value("b")) == "abcd");
  CHECK(good->find("b")->raw == "ab\r\n cd ");
  CHECK(good->value("z") == "");
  CHECK_FALSE(good->value("V"));  // tag names are case-sensitive
  CHECK(TagList::parse("v=1")->tags().size() == 1);
  CHECK(TagList::parse("d=m\xC3\xBCnchen.example")->value("d") == "m\xC3\xBCnchen.example");  // RFC 8616
}

TEST_CASE("tag lists that are none") {
  for (const View text : {"", ";", " ", "v", "v;", "=1", "1v=1", "v=1;;a=2", "v=1; v=2", "v=1; a=\x01", "v=1 \x7F",
                          "v\x80=1", "v=1; a b=2"}) {
    CAPTURE(text);
    CHECK_FALSE(TagList::parse(text));
  }
  std::string many;
  for (std::size_t i = 0; i < TagList::kTags; ++i) many += "t" + std::to_string(i) + "=;";
  CHECK(TagList::parse(many));
  CHECK(TagList::parse(many + "v=1").error().code == Code::too_many);
}

TEST_CASE("values are split and counted") {
  CHECK(split_value("from : to\r\n :subject") == std::vector<View>{"from", "to", "subject"});
  CHECK(split_value("a::b") == std::vector<View>{"a", "", "b"});
  CHECK(split_value(" ").empty());
  CHECK(number_of("18446744073709551615") == 18446744073709551615U);
  for (const View text : {"", "18446744073709551616", "-1", "1 2", "0x1", "000000000000000000001"})
    CHECK_FALSE(number_of(text));
}

}  // namespace
}  // namespace posthorn::mail
