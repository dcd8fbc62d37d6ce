#include "protocol/imap/sort_order.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;
using namespace posthorn::imap::search;

namespace {
std::vector<Criterion> order(View text) {
  Cursor c(text);
  std::vector<Criterion> out;
  REQUIRE_MESSAGE(sort_criteria(c, out), text);
  return out;
}
struct Message {
  View subject;
  std::int64_t sent = 0;
  std::uint64_t octets = 0;
  View from = "";
};
std::vector<std::uint32_t> sorted(View criteria, const std::vector<Message>& messages,
                                  Comparator comparator = Comparator::unicode_casemap) {
  Sorter sorter;
  std::uint32_t number = 0;
  for (const Message& m : messages) {
    MessageFacts facts;
    facts.octets = m.octets;
    facts.internal_date = WallTime(std::chrono::seconds(number));
    Listing listing;
    listing.links.subject.text = m.subject;
    listing.sent = WallTime(std::chrono::seconds(m.sent));
    listing.from = m.from;
    REQUIRE(sorter.add(++number, sort_key(order(criteria), facts, listing, comparator)));
  }
  return sorter.take_order();
}
using Numbers = std::vector<std::uint32_t>;
}  // namespace

TEST_CASE("criteria of RFC 5256 and RFC 5957") {
  CHECK(order("(SUBJECT REVERSE DATE)").size() == 2);
  CHECK(order("(SUBJECT REVERSE DATE)")[1].reverse);
  CHECK(order("(arrival cc date from size subject to displayfrom reverse displayto)").size() == 9);
  for (const View bad : {"", "()", "(", "(REVERSE)", "(REVERSE REVERSE DATE)", "(FOO)", "(DATE", "(DATE  SIZE)"}) {
    Cursor c(bad);
    std::vector<Criterion> out;
    CHECK_MESSAGE(!sort_criteria(c, out), bad);
  }
  std::string many = "(DATE";
  for (std::size_t i = 1; i < kMaxCriteria; ++i) many += " DATE";
  CHECK(order(many + ")").size() == kMaxCriteria);
  many += " DATE)";
  Cursor c(many);
  std::vector<Criterion> out;
  CHECK_FALSE(sort_criteria(c, out));
  CHECK(c.error().code == Code::too_many);
}

TEST_CASE("numbers, texts, ties and reverse") {
  const std::vector<Message> some{{"b", 30, 5}, {"A", 20, 5}, {"", 10, 7}, {"a", -5, 1}, {"ab", 0, 300}};
  CHECK(sorted("(DATE)", some) == Numbers{4, 5, 3, 2, 1});
  CHECK(sorted("(REVERSE DATE)", some) == Numbers{1, 2, 3, 5, 4});
  CHECK(sorted("(SIZE)", some) == Numbers{4, 1, 2, 3, 5});
  CHECK(sorted("(REVERSE SIZE)", some) == Numbers{5, 3, 1, 2, 4});
  CHECK(sorted("(SUBJECT)", some) == Numbers{3, 2, 4, 5, 1});
  CHECK(sorted("(REVERSE SUBJECT)", some) == Numbers{1, 5, 2, 4, 3});
  CHECK(sorted("(SUBJECT REVERSE DATE)", some) == Numbers{3, 2, 4, 5, 1});
  CHECK(sorted("(SUBJECT DATE)", some) == Numbers{3, 4, 2, 5, 1});
  CHECK(sorted("(ARRIVAL)", some) == Numbers{1, 2, 3, 4, 5});
  CHECK(sorted("(REVERSE ARRIVAL)", some) == Numbers{5, 4, 3, 2, 1});
  CHECK(sorted("(FROM)", some) == Numbers{1, 2, 3, 4, 5});
}

TEST_CASE("comparators") {
  const std::vector<Message> some{{"b"}, {"\xC3\xA4"}, {"B"}, {"\xC3\x84"}};
  CHECK(sorted("(SUBJECT)", some) == Numbers{1, 3, 2, 4});
  CHECK(sorted("(SUBJECT)", some, Comparator::ascii_casemap) == Numbers{1, 3, 4, 2});
  CHECK(sorted("(SUBJECT)", some, Comparator::octet) == Numbers{3, 1, 4, 2});
}

TEST_CASE("long texts, and texts with NUL, are cut to what takes part") {
  const std::string a(1000, 'a');
  const std::string b = a + "b";
  CHECK(sorted("(SUBJECT)", {{b}, {a}}) == Numbers{1, 2});
  CHECK(sort_key(order("(SUBJECT)"), {}, {}, Comparator::octet).size() == 1);
  CHECK(sorted("(SUBJECT SIZE)", {{View("a\0b", 3), 0, 2}, {"ab", 0, 1}}) == Numbers{2, 1});
}
