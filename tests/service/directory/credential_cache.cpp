#include "service/directory/credential_cache.h"

#include "posthorn/service/vault/keys.h"

#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace posthorn::directory::testing;

namespace {
struct Bench {
  posthorn::testing::SeededRandom random{9};
  posthorn::testing::FakeClock clock;
  CredentialCache cache{random, &clock, std::chrono::seconds(60)};
  const store::Revision one{1};
  Admission admission{.login = "ann@example.org", .keys = std::make_shared<vault::OpenKeys>(7)};
};
}  // namespace

TEST_CASE("a login is recognised by its credential, its name and its row's revision") {
  Bench b;
  b.cache.insert("ann@example.org", secret("pw"), b.one, b.admission);
  const auto known = b.cache.find("ann@example.org", secret("pw"), b.one);
  REQUIRE(known);
  CHECK(known->login == "ann@example.org");
  CHECK(known->keys == b.admission.keys);
  CHECK(!b.cache.find("ann@example.org", secret("pw2"), b.one));
  CHECK(!b.cache.find("bob@example.org", secret("pw"), b.one));
  CHECK(!b.cache.find("ann@example.or", secret("gpw"), b.one));
  CHECK(b.cache.find("ann@example.org", secret("pw"), b.one));
  CHECK(!b.cache.find("ann@example.org", secret("pw"), store::Revision(2)));
  CHECK(b.cache.size() == 0);  // the row was changed: it will not come back
}

TEST_CASE("what is too old is forgotten with its keys") {
  Bench b;
  b.cache.insert("ann@example.org", secret("pw"), b.one, b.admission);
  const std::weak_ptr<const vault::OpenKeys> keys = b.admission.keys;
  b.admission = {};
  CHECK(!keys.expired());
  b.clock.advance(std::chrono::seconds(59));
  b.cache.sweep();
  CHECK(!keys.expired());
  b.clock.advance(std::chrono::seconds(1));
  b.cache.sweep();
  CHECK(keys.expired());
  CHECK(b.cache.size() == 0);
}

TEST_CASE("no more than kMax are kept, and those that end first go first") {
  Bench b;
  for (std::size_t i = 0; i < CredentialCache::kMax; ++i) {
    b.cache.insert("user" + std::to_string(i), secret("pw"), b.one, b.admission);
    b.clock.advance(std::chrono::milliseconds(1));
  }
  b.cache.insert("last", secret("pw"), b.one, b.admission);
  CHECK(b.cache.size() == CredentialCache::kMax);
  CHECK(!b.cache.find("user0", secret("pw"), b.one));
  CHECK(b.cache.find("user1", secret("pw"), b.one));
  CHECK(b.cache.find("last", secret("pw"), b.one));
}

TEST_CASE("without a clock or a time nothing is kept") {
  Bench b;
  CredentialCache none(b.random, nullptr, std::chrono::seconds(60));
  none.insert("ann", secret("pw"), b.one, b.admission);
  CHECK(!none.find("ann", secret("pw"), b.one));
  CredentialCache off(b.random, &b.clock, Duration::zero());
  off.insert("ann", secret("pw"), b.one, b.admission);
  CHECK(!off.find("ann", secret("pw"), b.one));
  CHECK(off.size() == 0);
}
