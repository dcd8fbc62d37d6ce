#include "posthorn/protocol/dnsbl/list.h"

#include <doctest/doctest.h>

namespace posthorn::dnsbl {
namespace {

bool matches(View pattern, View code) {
  const auto parsed = Pattern::parse(pattern);
  REQUIRE_MESSAGE(parsed, parsed.error().note);
  return parsed->matches(*IpAddress::parse(code));
}

// The forms of postscreen_dnsbl_sites (postconf(5)).
TEST_CASE("patterns choose codes") {
  CHECK(matches("127.0.0.2", "127.0.0.2"));
  CHECK_FALSE(matches("127.0.0.2", "127.0.0.3"));
  for (const View code : {"127.0.0.2", "127.0.0.11", "127.0.0.13"}) CHECK(matches("127.0.0.[2..11;13]", code));
  for (const View code : {"127.0.0.1", "127.0.0.12", "127.0.0.14", "127.0.1.2"}) {
    CHECK_FALSE(matches("127.0.0.[2..11;13]", code));
  }
  CHECK(matches("127.0.[0..255].[4;8]", "127.0.77.8"));
  CHECK_FALSE(matches("127.0.[0..255].[4;8]", "127.1.77.8"));
  CHECK_FALSE(Pattern().matches(*IpAddress::parse("::2")));
  CHECK(Pattern().matches(*IpAddress::parse("127.9.9.9")));
  for (const View wrong :
       {"", "127", "127.0.0", "127.0.0.2.3", "127.0.0.256", "127.0.0.[2", "127.0.0.[]", "127.0.0.[5..2]",
        "127.0.0.[2;]", "127.0.0.[2...3]", "128.0.0.2", "[126..127].0.0.2", "127.0.0.2 ", "127.0.0.x"}) {
    CAPTURE(wrong);
    CHECK(Pattern::parse(wrong).error().code == Code::syntax);
  }
}

TEST_CASE("lists are read as postscreen has them") {
  const auto lists = parse_lists(
      "Zen.example.=127.0.0.[2..11]*3, zen.example=127.0.0.13*1\n bl.example*+2\tgood.example=127.0.[0..255].3*-2 "
      "plain.example");
  REQUIRE_MESSAGE(lists, lists.error().note);
  REQUIRE(lists->size() == 4);
  CHECK((*lists)[0].zone == "zen.example");
  REQUIRE((*lists)[0].rules.size() == 2);
  CHECK((*lists)[0].rules[0].weight == 3);
  CHECK((*lists)[0].rules[1] == Rule{*Pattern::parse("127.0.0.13"), 1});
  CHECK((*lists)[1] == List{"bl.example", {{Pattern(), 2}}});
  CHECK((*lists)[2].rules[0].weight == -2);
  CHECK((*lists)[3] == List{"plain.example", {{Pattern(), 1}}});
  CHECK(parse_lists(" ,\n")->empty());
}

TEST_CASE("wrong lists say which") {
  for (const View wrong : {"a.example=*2", "a.example=127.0.0.2*", "a.example*1001", "a.example*2x", "=127.0.0.2",
                           "a..example", "a.example=127.0.0.2=3", "a_b$", "."}) {
    CAPTURE(wrong);
    const auto lists = parse_lists("good.example " + own(wrong));
    REQUIRE_FALSE(lists);
    CHECK(lists.error().code == Code::syntax);
    CHECK(lists.error().note.starts_with(wrong));
  }
  CHECK(parse_lists("a.example*-1000")->front().rules[0].weight == -1000);
  std::string zones, rules;
  for (std::size_t i = 0; i <= Limits::kLists; ++i) zones += "a" + std::to_string(i) + ".example ";
  for (std::size_t i = 0; i <= Limits::kRules; ++i) rules += "a.example=127.0.0." + std::to_string(i) + " ";
  CHECK(parse_lists(zones).error().code == Code::too_many);
  CHECK(parse_lists(rules).error().code == Code::too_many);
  CHECK(parse_lists(View(zones).substr(0, zones.rfind(" a"))));
  CHECK(parse_lists(View(rules).substr(0, rules.rfind(" a"))));
}

}  // namespace
}  // namespace posthorn::dnsbl
