#include "posthorn/service/scripts/stored_scripts.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/faulty_store.h"

using namespace posthorn;
using scripts::StoredScripts;

namespace {

constexpr store::AccountId kAnn{7};

// A script is one unless it begins with "bad".
managesieve::Verdict judge(View octets) {
  managesieve::Verdict verdict;
  if (octets.starts_with("bad")) verdict.errors.push_back({1, 1, "bad"});
  if (octets.starts_with("odd")) verdict.warnings.push_back({1, 1, "odd"});
  return verdict;
}

struct Shelf {
  std::unique_ptr<store::Store> memory = store::make_memory_store();
  testing::FaultyStore faulty{*memory};

  std::unique_ptr<StoredScripts> open(const scripts::Limits& limits = {}) {
    auto opened = StoredScripts::open(faulty, kAnn, judge, limits);
    REQUIRE(opened.has_value());
    return std::move(*opened);
  }
};

std::string listed(StoredScripts& scripts) {
  const auto list = scripts.list();
  REQUIRE(list.has_value());
  std::string text;
  for (const auto& script : *list) text += script.name + (script.active ? "* " : " ");
  return text;
}

bool stored(const Result<managesieve::Verdict>& verdict) { return verdict && verdict->errors.empty(); }

}  // namespace

TEST_CASE("scripts are put, listed, replaced, renamed, activated and removed; another object sees it") {
  Shelf shelf;
  const auto a = shelf.open();
  const auto b = shelf.open();
  CHECK(listed(*a) == "");
  CHECK_FALSE(a->active()->has_value());
  CHECK(stored(a->put("two", "stop;")));
  CHECK(stored(a->put("one", "keep;")));
  CHECK(listed(*b) == "one two ");
  CHECK(b->get("one") == "keep;");
  CHECK(b->get("none").error().code == Code::not_found);
  CHECK(b->activate("none").error().code == Code::not_found);
  CHECK(b->activate("one").has_value());
  CHECK(listed(*a) == "one* two ");
  CHECK(a->remove("one").error().code == Code::bad_state);
  CHECK(a->remove("none").error().code == Code::not_found);
  CHECK(a->rename("one", "two").error().code == Code::exists);
  CHECK(a->rename("none", "three").error().code == Code::not_found);
  CHECK(a->rename("one", "three").has_value());
  CHECK(listed(*b) == "three* two ");
  CHECK(stored(b->put("three", "discard;")));
  CHECK(listed(*a) == "three* two ");
  CHECK(a->active()->value().name == "three");
  CHECK(a->active()->value().octets == "discard;");
  CHECK(a->activate("").has_value());
  CHECK_FALSE(b->active()->has_value());
  CHECK(b->remove("three").has_value());
  CHECK(b->remove("two").has_value());
  CHECK(listed(*a) == "");
}

TEST_CASE("any octets, an empty script, and names of any characters") {
  Shelf shelf;
  const auto scripts = shelf.open();
  const std::string octets("a\0\r\n\xFF", 5);
  const std::string name = "a/b \xC3\xA9 \"c\"";
  CHECK(stored(scripts->put(name, octets)));
  CHECK(scripts->get(name) == octets);
  CHECK(stored(scripts->put("empty", "")));
  CHECK(scripts->get("empty") == "");
  CHECK(scripts->put("", "keep;").error().code == Code::misuse);
  CHECK(scripts->put(View("a\0b", 3), "keep;").error().code == Code::misuse);
  CHECK(scripts->rename(name, "\x01").error().code == Code::misuse);
}

TEST_CASE("what is no script is not stored and leaves the old one; warnings do not hinder") {
  Shelf shelf;
  const auto scripts = shelf.open();
  CHECK(stored(scripts->put("a", "keep;")));
  const auto verdict = scripts->put("a", "bad");
  REQUIRE(verdict.has_value());
  CHECK(verdict->errors.size() == 1);
  CHECK(scripts->get("a") == "keep;");
  CHECK(scripts->put("a", "odd")->warnings.size() == 1);
  CHECK(scripts->get("a") == "odd");
  CHECK(scripts->check("bad")->errors.size() == 1);
}

TEST_CASE("limits: one script, how many, all together; what is replaced does not count") {
  Shelf shelf;
  const auto scripts = shelf.open({.scripts = 2, .octets = 10, .all_octets = 15});
  CHECK(scripts->have_space("a", 11).error().code == Code::too_long);
  CHECK(scripts->put("a", "12345678901").error().code == Code::too_long);
  CHECK(scripts->check("12345678901").error().code == Code::too_long);
  CHECK(stored(scripts->put("a", "1234567890")));
  CHECK(scripts->have_space("b", 5).has_value());
  CHECK(scripts->have_space("b", 6).error().code == Code::over_quota);
  CHECK(scripts->put("b", "123456").error().code == Code::over_quota);
  CHECK(stored(scripts->put("b", "12345")));
  CHECK(scripts->have_space("c", 0).error().code == Code::too_many);
  CHECK(scripts->put("c", "").error().code == Code::too_many);
  CHECK(scripts->have_space("a", 10).has_value());
  CHECK(stored(scripts->put("a", "0987654321")));
}

TEST_CASE("a full account of the default limits is one batch away from nothing") {
  Shelf shelf;
  const auto scripts = shelf.open();
  CHECK(stored(scripts->put("big", std::string(1U << 20U, '#'))));
  CHECK(scripts->put("bigger", std::string((1U << 20U) + 1, '#')).error().code == Code::too_long);
  CHECK(scripts->rename("big", "large").has_value());
  CHECK(scripts->get("large")->size() == 1U << 20U);
}

TEST_CASE("the revision is another one for every other text that is active") {
  Shelf shelf;
  const auto scripts = shelf.open();
  CHECK(stored(scripts->put("a", "1")));
  CHECK(stored(scripts->put("b", "2")));
  CHECK(scripts->activate("a").has_value());
  const auto first = scripts->active()->value().revision;
  CHECK(scripts->activate("b").has_value());
  const auto second = scripts->active()->value().revision;
  CHECK(first != second);
  CHECK(stored(scripts->put("b", "3")));
  const auto third = scripts->active()->value().revision;
  CHECK(third != second);
  CHECK(scripts->activate("a").has_value());
  CHECK(scripts->active()->value().revision == first);
}

TEST_CASE("who was slower reads again and builds on what is there") {
  Shelf shelf;
  const auto scripts = shelf.open();
  CHECK(stored(scripts->put("one", "keep;")));
  shelf.faulty.fail_at(3, environment_error(Code::conflict));  // get, scan, commit
  CHECK(scripts->activate("one").has_value());
  CHECK(shelf.faulty.failed());
  CHECK(listed(*scripts) == "one* ");
  shelf.faulty.fail_commits(environment_error(Code::conflict));
  CHECK(scripts->activate("one").error().code == Code::conflict);
}

TEST_CASE("every failure of the store leaves all as it was, or all done") {
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    Shelf shelf;
    const auto scripts = shelf.open();
    REQUIRE(stored(scripts->put("a", "keep;")));
    REQUIRE(scripts->activate("a").has_value());
    shelf.faulty.fail_at(n, environment_error(Code::unavailable));
    const auto renamed = scripts->rename("a", "b");
    const bool put = stored(scripts->put("c", "stop;"));
    if (!shelf.faulty.failed()) break;
    const auto active = scripts->active();
    REQUIRE(active.has_value());
    REQUIRE(active->has_value());
    CHECK((*active)->name == (renamed ? "b" : "a"));
    CHECK((*active)->octets == "keep;");
    CHECK(listed(*scripts) == std::string(renamed ? "b* " : "a* ") + (put ? "c " : ""));
  }
}

TEST_CASE("rows of another version are corrupt and stay") {
  Shelf shelf;
  const auto scripts = shelf.open();
  CHECK(stored(scripts->put("a", "keep;")));
  auto partition = shelf.memory->open(kAnn);
  REQUIRE((*partition)->commit(store::Batch().put("s/n/a", "\x02")).has_value());
  CHECK(scripts->list().error().code == Code::corrupt);
  CHECK(scripts->activate("a").error().code == Code::corrupt);
  REQUIRE(
      (*partition)->commit(store::Batch().put("s/n/a", std::string("\x01\0\0\0\5", 5)).put("s/a", "x")).has_value());
  CHECK(scripts->list().error().code == Code::corrupt);
  CHECK(scripts->active().error().code == Code::corrupt);
}
