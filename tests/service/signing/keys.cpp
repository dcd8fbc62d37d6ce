#include "posthorn/service/signing/keys.h"

#include <doctest/doctest.h>

#include "posthorn/protocol/dkim/key_record.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::signing;

namespace {

constexpr store::AccountId kRows{7};

struct House {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = std::move(*store->open(kRows));
  testing::SeededRandom random{1};
  Keys keys{*rows, random, Secret(std::string(kHostKeyOctets, 'h'))};
};

WallTime day(int number) { return WallTime(std::chrono::days(number)); }

}  // namespace

TEST_CASE("signing keys: a key comes back, and nothing in the store shows it") {
  House house;
  const auto key = crypto::PrivateKey::generate_ed25519(house.random);
  const auto added = house.keys.add("Example.ORG", "One", key, day(20'000));
  REQUIRE(added.has_value());
  CHECK(added->record_name() == "one._domainkey.example.org");
  const auto record = dkim::KeyRecord::parse(added->record);
  REQUIRE(record.has_value());
  CHECK(record->key == key.public_key().point());

  const auto listed = house.keys.list();
  REQUIRE(listed.has_value());
  CHECK(*listed == std::vector{*added});
  const auto opened = house.keys.open(listed->front());
  REQUIRE(opened.has_value());
  CHECK(opened->public_key().verifies("text", opened->sign("text")));
  CHECK(opened->public_key().point() == key.public_key().point());
  CHECK_FALSE(listed->front().wrapped.contains(key.der().reveal().substr(16)));
}

TEST_CASE("signing keys: another host, another name, or a damaged row opens nothing") {
  House house;
  const auto key = house.keys.add("example.org", "one", crypto::PrivateKey::generate_ed25519(house.random), day(1));
  REQUIRE(key.has_value());
  Keys elsewhere(*house.rows, house.random, Secret(std::string(kHostKeyOctets, 'i')));
  CHECK(elsewhere.open(*key).error().code == Code::denied);
  Key renamed = *key;
  renamed.domain = "example.net";
  CHECK(house.keys.open(renamed).error().code == Code::denied);
  Key damaged = *key;
  damaged.wrapped.back() = static_cast<char>(damaged.wrapped.back() ^ 1);
  CHECK(house.keys.open(damaged).error().code == Code::denied);
  damaged.wrapped = "short";
  CHECK(house.keys.open(damaged).error().code == Code::denied);
}

TEST_CASE("signing keys: selectors are taken once, and the newest key is first") {
  House house;
  const auto make = [&] { return crypto::PrivateKey::generate_ed25519(house.random); };
  REQUIRE(house.keys.add("b.example", "old", make(), day(1)).has_value());
  REQUIRE(house.keys.add("b.example", "new", make(), day(2)).has_value());
  REQUIRE(house.keys.add("a.example", "old", make(), day(3)).has_value());
  CHECK(house.keys.add("B.example", "OLD", make(), day(4)).error().code == Code::exists);
  CHECK(house.keys.add("b.example", "no good", make(), day(4)).error().code == Code::syntax);
  std::vector<std::string> names;
  const auto listed = house.keys.list();
  REQUIRE(listed.has_value());
  for (const Key& key : *listed) names.push_back(key.record_name());
  CHECK(names ==
        std::vector<std::string>{"old._domainkey.a.example", "new._domainkey.b.example", "old._domainkey.b.example"});
  CHECK(house.keys.list("a.example")->size() == 1);
  CHECK(house.keys.remove("b.example", "new").has_value());
  CHECK(house.keys.remove("b.example", "new").error().code == Code::not_found);
  CHECK(house.keys.list("b.example")->front().selector == "old");
  REQUIRE(house.keys.add("b.example", "older", make(), day(1)).has_value());
  CHECK(house.keys.list("b.example")->front().selector == "older");  // made in the same second, but later
}

TEST_CASE("signing keys: a row that is damaged is said") {
  House house;
  store::Batch batch;
  batch.put("k:example.org:one", "2\nscheme=rsa");
  REQUIRE(house.rows->commit(batch).has_value());
  CHECK(house.keys.list().error().code == Code::corrupt);
}
