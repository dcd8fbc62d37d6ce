#include "service/mailbox/names.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::mailbox;

TEST_CASE("INBOX in any case is INBOX, also as a parent") {
  CHECK(canonical_name("inbox") == "INBOX");
  CHECK(canonical_name("iNbOx/Sub") == "INBOX/Sub");
  CHECK(canonical_name("inboxes") == "inboxes");
  CHECK(canonical_name("a/inbox") == "a/inbox");
}

TEST_CASE("names that cannot be") {
  const Limits limits;
  CHECK(*name_to_create("Größe/日本", limits) == "Größe/日本");
  CHECK(*name_to_create("later/", limits) == "later");
  for (const View bad :
       {View(""), View("/"), View("/a"), View("a//b"), View("a//"), View("a*"), View("a%"), View("a\r\nb"),
        View("a\0b", 3), View("a\x7F"), View("\xC2\x85"), View("\xFF"), View("\xED\xA0\x80"), View("#news")}) {
    CAPTURE(bad);
    const auto name = name_to_create(bad, limits);
    REQUIRE_FALSE(name.has_value());
    CHECK(name.error().code == Code::syntax);
  }
}

TEST_CASE("limits of names: octets and depth") {
  Limits limits;
  limits.name_octets = 5;
  limits.name_depth = 2;
  CHECK(name_to_create("12345", limits).has_value());
  CHECK_FALSE(name_to_create("123456", limits).has_value());
  CHECK(name_to_create("a/b", limits).has_value());
  CHECK_FALSE(name_to_create("a/b/c", limits).has_value());
}

TEST_CASE("parents and children") {
  CHECK(parents_of("a/b/c") == std::vector<std::string>{"a", "a/b"});
  CHECK(parents_of("a").empty());
  CHECK(is_below("a/b", "a"));
  CHECK_FALSE(is_below("ab", "a"));
  CHECK_FALSE(is_below("a", "a"));
}

TEST_CASE("keywords are atoms and compare without case") {
  const Limits limits;
  CHECK(same_word("$Junk", "$JUNK"));
  CHECK_FALSE(same_word("a", "ab"));
  CHECK(check_keyword("$MDNSent", limits).has_value());
  for (const View bad :
       {View(""), View("a b"), View("\\Seen"), View("a]"), View("a\x7F"), View("\xC3\xA4"), View("(a")}) {
    CHECK_FALSE(check_keyword(bad, limits).has_value());
  }
}

TEST_CASE("names of namespaces may be subscribed, not created") {
  const Limits limits;
  CHECK(*name_to_subscribe("#Shared/ann@example.org/inbox/", limits) == "#Shared/ann@example.org/inbox");
  CHECK(*name_to_subscribe("inbox", limits) == "INBOX");
  for (const View bad : {View("#"), View("##a"), View("#a*"), View("#a//b"), View("#/a"), View("")})
    CHECK(name_to_subscribe(bad, limits).error().code == Code::syntax);
}
