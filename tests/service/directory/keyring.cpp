#include "service/directory/keyring.h"

#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace posthorn::directory::testing;

namespace {

const Secret kSlotKey(std::string(32, 'k'));
const Wrapping kPassword{vault::SlotKind::password, "", "method", kSlotKey};

struct Bench {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<store::Partition> rows = std::move(*store->open(store::kDirectoryAccount));
  posthorn::testing::SeededRandom random{10};
  const AccountId account{7};

  Keyring made(bool used) {
    Keyring ring;
    ring.account = account;
    const Secret key = ring.begin_generation(random);
    ring.wrap(key.reveal(), kPassword, random);
    ring.setting.used = used;
    return ring;
  }
  void put(const Keyring& ring) {
    store::Batch batch;
    ring.put(batch);
    REQUIRE(rows->commit(batch));
  }
  std::string load() {
    const auto ring = Keyring::load(*rows, account);
    return ring ? std::to_string(ring->setting.generation) + "/" + std::to_string(ring->generations.size())
                : own(name_of(ring.error().code));
  }
};

}  // namespace

TEST_CASE("a key ring is read as it was written, beside those of other accounts") {
  Bench b;
  CHECK(b.load() == "0/0");
  Keyring ring = b.made(true);
  b.put(ring);
  Keyring other = b.made(true);
  other.account = AccountId(8);
  b.put(other);
  const auto read = Keyring::load(*b.rows, b.account);
  REQUIRE(read);
  CHECK(read->setting == ring.setting);
  CHECK(read->generations == ring.generations);
  const auto keys = read->open(vault::SlotKind::password, "", kSlotKey);
  REQUIRE(keys);
  CHECK(keys->holds(1));
  CHECK(!read->open(vault::SlotKind::password, "", Secret(std::string(32, 'x'))));
  CHECK(!read->open(vault::SlotKind::scram, "", kSlotKey));
  store::Batch batch;
  REQUIRE(Keyring::erase(*b.rows, b.account, batch));
  REQUIRE(b.rows->commit(batch));
  CHECK(b.load() == "0/0");
  CHECK(Keyring::load(*b.rows, AccountId(8))->generations.size() == 1);
}

TEST_CASE("a new generation keeps an old one that was used and forgets one that was not") {
  Bench b;
  Keyring unused = b.made(false);
  b.put(unused);
  (void)unused.begin_generation(b.random);
  b.put(unused);
  CHECK(b.load() == "2/1");
  Keyring used = unused;
  used.setting.used = true;
  (void)used.begin_generation(b.random);
  CHECK(!used.setting.used);
  CHECK(used.has_orphans());
  b.put(used);
  CHECK(b.load() == "3/2");
}

TEST_CASE("damage of the present key is noticed, damage of an old one is passed over") {
  Bench b;
  Keyring ring = b.made(true);
  (void)ring.begin_generation(b.random);
  b.put(ring);
  const auto put = [&](const std::string& key, const std::string& value) {
    REQUIRE(b.rows->commit(store::Batch().put(key, value)));
  };
  const std::string present = rows::generation_key(b.account, 2);
  const std::string old = rows::generation_key(b.account, 1);
  const std::string setting = rows::id_key(rows::kSettings, b.account);
  const auto value_of = [&](const std::string& key) { return (*b.rows->get(key))->value; };
  const std::string good = value_of(present);
  put(old, "junk");
  CHECK(b.load() == "2/1");
  put(present, "junk");
  CHECK(b.load() == "corrupt");
  put(present, good);
  CHECK(b.load() == "2/1");
  // A setting that names another public key: somebody would like mail to be sealed to his own.
  rows::SettingRow other = ring.setting;
  other.public_key = std::string(32, 'p');
  put(setting, rows::format(other));
  CHECK(b.load() == "corrupt");
  put(setting, "junk");
  CHECK(b.load() == "corrupt");
  REQUIRE(b.rows->commit(store::Batch().erase(present).put(setting, rows::format(ring.setting))));
  CHECK(b.load() == "corrupt");
}
