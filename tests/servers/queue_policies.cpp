#include "shared/queue_policies.h"

#include <doctest/doctest.h>

#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

using namespace posthorn;
using servers::QueuePolicies;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const Error kBroken = environment_error(Code::unavailable, "the disk is away");
const queue::Destination kPartner{"partner.example", queue::TlsWish::policy};

/// A directory with a backup domain, in a store that can fail.
struct Place {
  Place() {
    directory::Domain partner{.name = "partner.example"};
    partner.backup = {
        .on = true, .next_hop = "mx.partner.example", .port = 26, .tls = "verify name=mx.partner.example"};
    REQUIRE(directory->add_domain(partner));
  }
  void break_store() { store.fail_from(1, kBroken); }
  void mend_store() { store.fail_at(0, kBroken); }
  void wait() { clock.advance(seconds(6)); }  // longer than something is believed without asking

  std::unique_ptr<store::Store> memory = store::make_memory_store();
  testing::FaultyStore store{*memory};
  testing::FakeClock clock;
  testing::SeededRandom random{1};
  std::unique_ptr<directory::Directory> directory = std::move(*directory::Directory::open(store, random, {}));
  servers::Settings settings;
  QueuePolicies policies{settings, *directory, clock};
};

}  // namespace

TEST_CASE("a backup domain has a way and a retention of its own") {
  Place place;
  const auto way = place.policies.way("partner.example");
  REQUIRE(way);
  CHECK(way->mode == outbound::TlsMode::verify);
  REQUIRE(way->next_hop);
  CHECK(way->next_hop->host == "mx.partner.example");
  CHECK(way->next_hop->port == 26);
  CHECK(place.policies.policy(kPartner).backup);
  CHECK(place.policies.policy(kPartner).retention == days(14));
  const auto other = place.policies.way("elsewhere.example");
  REQUIRE(other);
  CHECK(other->mode == outbound::TlsMode::may);
  CHECK_FALSE(other->next_hop);
  CHECK(place.policies.policy({"elsewhere.example", queue::TlsWish::policy}).retention == hours(120));
}

TEST_CASE("the next hop of the host is for all but backup domains that have one") {
  Place place;
  place.settings.outbound_next_hop = "relay.example";
  place.settings.outbound_port = 587;
  CHECK(place.policies.way("elsewhere.example")->next_hop->host == "relay.example");
  CHECK(place.policies.way("elsewhere.example")->next_hop->port == 587);
  CHECK(place.policies.way("partner.example")->next_hop->host == "mx.partner.example");
}

TEST_CASE("where the directory cannot be read, what was known last of a domain holds") {
  Place place;
  const auto before = place.policies.way("partner.example");
  REQUIRE(place.policies.way("elsewhere.example"));
  place.break_store();
  for (int i = 0; i < 3; ++i) {
    place.wait();
    const auto way = place.policies.way("partner.example");
    REQUIRE(way);
    CHECK(way->mode == before->mode);
    CHECK(way->names == before->names);
    CHECK(way->next_hop->host == before->next_hop->host);
    CHECK(place.policies.policy(kPartner).backup);
    CHECK(place.policies.policy(kPartner).retention == days(14));
    CHECK(place.policies.way("elsewhere.example")->mode == outbound::TlsMode::may);
    CHECK(place.policies.policy({"elsewhere.example", queue::TlsWish::policy}).retention == hours(120));
  }
  place.mend_store();
  REQUIRE(place.directory->backups()->set_backup("partner.example", {.on = true, .retention = days(30)}));
  place.wait();
  CHECK(place.policies.policy(kPartner).retention == days(30));
}

TEST_CASE("of a domain that nothing is known of, a directory that cannot be read says nothing") {
  Place place;
  place.break_store();
  for (int i = 0; i < 2; ++i) {
    const auto way = place.policies.way("partner.example");
    REQUIRE_FALSE(way);
    CHECK(way.error().code == Code::unavailable);
    CHECK(place.policies.policy(kPartner).retention == directory::kMaxRetention);
    CHECK(place.policies.policy(kPartner).delay_after == seconds(0));
    place.wait();
  }
  place.mend_store();
  CHECK(place.policies.way("partner.example")->mode == outbound::TlsMode::verify);
  CHECK(place.policies.policy(kPartner).retention == days(14));
}

TEST_CASE("mailboxes here have the policy of the host, whatever the directory says") {
  Place place;
  place.break_store();
  CHECK(place.policies.policy({}).retention == hours(120));
}
