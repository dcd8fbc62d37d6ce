#include "service/directory/keyring.h"

#include <algorithm>
#include <utility>

namespace posthorn::directory {

namespace {

std::string generation_prefix(AccountId account) { return rows::id_key(rows::kKeys, account) + ":"; }

constexpr int kReadings = 20;  // while others change it

Error contradiction() {
  return {Code::corrupt, Blame::environment, Lasting::transient, "setting and keys of a mailbox contradict each other"};
}

}  // namespace

Result<Keyring> Keyring::load(const store::Partition& partition, AccountId account) {
  // Its rows are read one after the other: a change in between looks like a contradiction.
  for (int i = 1;; ++i) {
    const std::uint64_t stamp = partition.stamp();
    Result<Keyring> ring = load_once(partition, account);
    const bool settled = ring || ring.error().code != Code::corrupt || partition.stamp() == stamp;
    if (settled || i == kReadings) return ring;
  }
}

Result<Keyring> Keyring::load_once(const store::Partition& partition, AccountId account) {
  Keyring ring;
  ring.account = account;
  const std::string key = rows::id_key(rows::kSettings, account);
  const auto entry = partition.get(key);
  if (!entry) return fail(entry.error());
  if (*entry) {
    auto setting = rows::parse_setting(key, (*entry)->value);
    if (!setting) return fail(setting.error());
    ring.setting = std::move(*setting);
  }
  std::optional<Error> broken;
  const std::string prefix = generation_prefix(account);
  const auto seen = partition.scan(prefix, store::after_prefix(prefix), [&](View name, View value, store::Revision) {
    auto generation = rows::parse_generation(account, name, value);
    if (generation) {
      ring.generations.push_back(std::move(*generation));
    } else if (name == rows::generation_key(account, ring.setting.generation)) {
      broken = generation.error();  // a broken old one must not stand in the way of the present one
    }
    return !broken;
  });
  if (!seen) return fail(seen.error());
  if (broken) return fail(*broken);
  const vault::Generation* present = ring.present();
  const bool fits = present == nullptr ? ring.setting.generation == 0 : present->key.octets == ring.setting.public_key;
  if (!fits) return fail(contradiction());
  return ring;
}

vault::Generation* Keyring::present() {
  const auto found = std::find_if(generations.begin(), generations.end(), [&](const vault::Generation& g) {
    return g.key.owner.generation == setting.generation;
  });
  return found == generations.end() ? nullptr : &*found;
}

Secret Keyring::begin_generation(Random& random) {
  if (vault::Generation* old = present(); old != nullptr && !setting.used) {
    forgotten_.push_back(setting.generation);
    generations.erase(generations.begin() + (old - generations.data()));
  }
  vault::KeyPair pair = vault::make_key_pair({account.value(), setting.generation + 1}, random);
  setting.generation = pair.public_key.owner.generation;
  setting.public_key = pair.public_key.octets;
  setting.used = setting.state == vault::State::on;
  generations.emplace_back().key = std::move(pair.public_key);
  return std::move(pair.private_key);
}

void Keyring::wrap(View private_key, const Wrapping& wrapping, Random& random) {
  vault::Generation* generation = present();
  generation->put(vault::wrap(generation->key, private_key, wrapping.kind, wrapping.name, wrapping.method,
                              wrapping.slot_key, random));
}

std::shared_ptr<vault::OpenKeys> Keyring::open(vault::SlotKind kind, View name, const Secret& slot_key) const {
  const vault::Generation* generation = present();
  const vault::Slot* slot = generation == nullptr ? nullptr : generation->find(kind, name);
  if (slot == nullptr) return nullptr;
  const auto private_key = vault::unwrap(generation->key, *slot, slot_key);
  if (!private_key) return nullptr;
  auto keys = std::make_shared<vault::OpenKeys>(account.value());
  if (!keys->add(setting.generation, *private_key)) return nullptr;
  vault::follow(*keys, generations);
  return keys;
}

bool Keyring::leads_to_present(const vault::Generation& generation) const {
  const vault::Generation* at = &generation;
  for (std::size_t steps = 0; at != nullptr && steps <= generations.size(); ++steps) {
    if (at->key.owner.generation == setting.generation) return true;
    if (!at->forward) return false;
    const std::uint32_t next = at->forward->generation;
    const auto found = std::find_if(generations.begin(), generations.end(),
                                    [&](const vault::Generation& g) { return g.key.owner.generation == next; });
    at = found == generations.end() ? nullptr : &*found;
  }
  return false;
}

bool Keyring::has_orphans() const {
  return std::any_of(generations.begin(), generations.end(),
                     [&](const vault::Generation& g) { return !leads_to_present(g); });
}

void Keyring::put(store::Batch& batch) const {
  batch.put(rows::id_key(rows::kSettings, account), rows::format(setting));
  for (const std::uint32_t number : forgotten_) batch.erase(rows::generation_key(account, number));
  for (const vault::Generation& generation : generations) {
    // Erased first, so that the store removes the old slots from its files for good: a password that is given up must
    // not open what a thief of the disk finds there.
    const std::string key = rows::generation_key(account, generation.key.owner.generation);
    batch.erase(key).put(key, rows::format(generation));
  }
}

Result<void> Keyring::erase(const store::Partition& partition, AccountId account, store::Batch& batch) {
  batch.erase(rows::id_key(rows::kSettings, account));
  const std::string prefix = generation_prefix(account);
  return partition.scan(prefix, store::after_prefix(prefix), [&](View name, View, store::Revision) {
    batch.erase(name);
    return true;
  });
}

}  // namespace posthorn::directory
