#include "posthorn/protocol/mta_sts/cache.h"

#include <doctest/doctest.h>

namespace posthorn {
namespace {

using namespace std::chrono_literals;
using mta_sts::Cache;
using mta_sts::Entry;
using mta_sts::Mode;
using mta_sts::Record;

constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};

Entry entry(std::string id, std::chrono::seconds age, WallTime fetched = kNow) {
  return {std::move(id), {Mode::enforce, {"mx.example.org"}, age}, fetched};
}

TEST_CASE("a policy holds until its age, whatever the DNS says") {
  Cache cache;
  cache.put("example.org", entry("1", 1h));
  CHECK(cache.find("example.org", kNow + 59min)->id == "1");
  CHECK(!cache.find("example.org", kNow + 1h));
  CHECK(!cache.find("example.net", kNow));
  // No record: nothing to fetch, and the entry stays.
  CHECK(!mta_sts::needs_fetch(cache.find("example.org", kNow), std::nullopt, kNow));
  cache.expire(kNow + 59min);
  CHECK(cache.entries().size() == 1);
  cache.expire(kNow + 1h);
  CHECK(cache.entries().empty());
}

TEST_CASE("a new id, or none that is known, asks for a fetch") {
  CHECK(mta_sts::needs_fetch(std::nullopt, Record{"1"}, kNow));
  CHECK(!mta_sts::needs_fetch(entry("1", 1h), Record{"1"}, kNow));
  CHECK(mta_sts::needs_fetch(entry("1", 1h), Record{"2"}, kNow));
  CHECK(mta_sts::needs_fetch(entry("1", 1h), Record{"1"}, kNow + 1h));
}

TEST_CASE("a fetch that failed is not repeated at once, and spoils nothing") {
  Cache cache;
  cache.put("example.org", entry("1", 24h));
  CHECK(cache.may_fetch("example.org", kNow));
  cache.failed("example.org", kNow);
  CHECK(!cache.may_fetch("example.org", kNow + 299s));
  CHECK(cache.may_fetch("example.org", kNow + 300s));
  CHECK(cache.may_fetch("example.net", kNow));
  CHECK(cache.find("example.org", kNow));
  cache.put("example.org", entry("2", 24h));
  CHECK(cache.may_fetch("example.org", kNow));
}

TEST_CASE("a policy is refreshed before it runs out") {
  Cache cache;
  cache.put("example.org", entry("1", 24h * 7));
  CHECK(!cache.wants_refresh("example.org", kNow + 24h * 6 - 1s));
  CHECK(cache.wants_refresh("example.org", kNow + 24h * 6));
  cache.failed("example.org", kNow + 24h * 6);
  CHECK(!cache.wants_refresh("example.org", kNow + 24h * 6));
  cache.put("short.example", entry("1", 1h));
  CHECK(!cache.wants_refresh("short.example", kNow + 29min));
  CHECK(cache.wants_refresh("short.example", kNow + 30min));
  CHECK(!cache.wants_refresh("example.net", kNow));
}

TEST_CASE("rows") {
  const Entry kept = entry("20160831085700Z", 604800s);
  CHECK(mta_sts::parse_entry(mta_sts::format_entry(kept)) == kept);
  for (const View text : {"", "1", "1 2", "1 2\n", "1 x\nversion: STSv1\nmode: none\nmax_age: 1\n",
                          "1 99999999999999\nversion: STSv1\nmode: none\nmax_age: 1\n"}) {
    CHECK(mta_sts::parse_entry(text).error().code == Code::corrupt);
  }
}

TEST_CASE("limit of domains: what expires first goes") {
  mta_sts::CacheLimits limits;
  limits.domains = 2;
  Cache cache(limits);
  cache.put("a.example", entry("1", 3h));
  cache.put("b.example", entry("1", 1h));
  cache.put("a.example", entry("2", 3h));  // no new one
  CHECK(cache.entries().size() == 2);
  cache.put("c.example", entry("1", 2h));
  CHECK(cache.entries().size() == 2);
  CHECK(!cache.entries().contains("b.example"));
  for (const View domain : {"a.example", "b.example", "c.example"}) cache.failed(domain, kNow);
  CHECK(cache.may_fetch("a.example", kNow));
  CHECK(!cache.may_fetch("c.example", kNow));
}

}  // namespace
}  // namespace posthorn
