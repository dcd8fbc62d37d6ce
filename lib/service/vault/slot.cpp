#include "posthorn/service/vault/slot.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "posthorn/bytes/crypto/aead.h"

#include "service/vault/capsule.h"

namespace posthorn::vault {

namespace {

struct Named {
  SlotKind kind;
  View name;
};
constexpr std::array kNames{Named{SlotKind::password, "password"}, Named{SlotKind::app_password, "app-password"},
                            Named{SlotKind::recovery, "recovery"}, Named{SlotKind::scram, "scram"}};

/// What a slot is for: no slot opens in another one's place.
std::string slot_words(Owner owner, SlotKind kind, View name) {
  std::string words = "posthorn key slot 1" + big_endian(owner.account) + big_endian(owner.generation);
  return words.append(name_of(kind)).append(1, '\0').append(name);
}

std::string forward_info(Owner from, Owner to) {
  return "posthorn old key 1" + big_endian(from.account) + big_endian(from.generation) + big_endian(to.generation);
}

bool is_private_key_of(const PublicKey& key, View private_key) {
  const Result<std::string> made = crypto::hpke_public_key(private_key);
  return made && equal_in_constant_time(*made, key.octets);
}

}  // namespace

View name_of(SlotKind kind) {
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const Named& n) { return n.kind == kind; });
  return found->name;
}

std::optional<SlotKind> slot_kind(View name) {
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const Named& n) { return n.name == name; });
  if (found == kNames.end()) return std::nullopt;
  return found->kind;
}

Slot wrap(const PublicKey& key, View private_key, SlotKind kind, View name, View method, const Secret& slot_key,
          Random& random) {
  std::string nonce(crypto::kLongNonceOctets, '\0');
  random.fill(std::as_writable_bytes(std::span(nonce)));
  const std::string sealed =
      crypto::xchacha20_poly1305_seal(slot_key.reveal(), nonce, slot_words(key.owner, kind, name), private_key);
  return {kind, own(name), own(method), nonce + sealed};
}

Result<Secret> unwrap(const PublicKey& key, const Slot& slot, const Secret& slot_key) {
  const View wrapped = slot.wrapped;
  const View nonce = wrapped.substr(0, crypto::kLongNonceOctets);
  Secret private_key;
  if (!crypto::xchacha20_poly1305_open(slot_key.reveal(), nonce, slot_words(key.owner, slot.kind, slot.name),
                                       wrapped.substr(nonce.size()), private_key)) {
    return fail(peer_error(Code::denied, "the credential does not open this slot"));
  }
  if (!is_private_key_of(key, private_key.reveal())) {
    return fail(Error(Code::corrupt, Blame::environment, Lasting::permanent, "a slot holds another mailbox's key"));
  }
  return private_key;
}

const Slot* Generation::find(SlotKind kind, View name) const {
  const auto found = std::find_if(slots.begin(), slots.end(),
                                  [&](const Slot& slot) { return slot.kind == kind && slot.name == name; });
  return found == slots.end() ? nullptr : &*found;
}

void Generation::put(Slot slot) {
  erase(slot.kind, slot.name);
  slots.push_back(std::move(slot));
}

bool Generation::erase(SlotKind kind, View name) {
  return std::erase_if(slots, [&](const Slot& slot) { return slot.kind == kind && slot.name == name; }) > 0;
}

Result<Generation::Forward> hand_on(const Generation& old, View private_key, const PublicKey& newer, Random& random) {
  if (!is_private_key_of(old.key, private_key))
    return fail(caller_error(Code::misuse, "not the key of the generation"));
  const Result<crypto::HpkeSender> sender =
      crypto::hpke_send(newer.octets, forward_info(old.key.owner, newer.owner), random);
  if (!sender) return fail(sender.error());
  return Generation::Forward{newer.owner.generation, sender->encapsulated,
                             sender->context.seal(0, old.key.octets, private_key)};
}

void follow(OpenKeys& keys, const std::vector<Generation>& generations) {
  for (bool grown = true; grown;) {
    grown = false;
    for (const Generation& old : generations) {
      const std::uint32_t number = old.key.owner.generation;
      if (!old.forward || keys.holds(number) || !keys.holds(old.forward->generation)) continue;
      const Owner newer{keys.account(), old.forward->generation};
      const auto context =
          keys.receive(newer.generation, old.forward->encapsulated, forward_info(old.key.owner, newer));
      if (!context) continue;
      const auto private_key = (*context)->open(0, old.key.octets, old.forward->sealed);
      if (!private_key || !is_private_key_of(old.key, private_key->reveal())) continue;
      grown = keys.add(number, *private_key).has_value() || grown;
    }
  }
}

}  // namespace posthorn::vault
