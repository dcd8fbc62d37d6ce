#include "posthorn/service/vault/keys.h"

#include <utility>

namespace posthorn::vault {

Error sealed_error(View note) { return {Code::sealed, Blame::peer, Lasting::permanent, note}; }

KeyPair make_key_pair(Owner owner, Random& random) {
  crypto::HpkeKeyPair pair = crypto::make_hpke_key_pair(random);
  return {{owner, std::move(pair.public_key)}, std::move(pair.private_key)};
}

Result<void> OpenKeys::add(std::uint32_t generation, const Secret& private_key) {
  Result<std::string> public_key = crypto::hpke_public_key(private_key.reveal());
  if (!public_key) return fail(std::move(public_key.error()));
  keys_.insert_or_assign(generation, Key{crypto::Guarded(private_key.reveal()), std::move(*public_key)});
  return {};
}

Result<std::shared_ptr<const crypto::HpkeKeys>> OpenKeys::receive(std::uint32_t generation, View encapsulated, View info) const {
  const auto key = keys_.find(generation);
  if (key == keys_.end()) return fail(sealed_error("no key of this generation"));
  std::string name(info);
  name.append(encapsulated);  // of fixed size; the info names the generation
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = contexts_.find(name); known != contexts_.end()) return known->second;
  }
  Result<crypto::HpkeKeys> made =
      crypto::hpke_receive(key->second.private_key.reveal(), key->second.public_key, encapsulated, info);
  if (!made) return fail(std::move(made.error()));
  auto context = std::make_shared<const crypto::HpkeKeys>(std::move(*made));
  const std::lock_guard lock(mutex_);
  if (contexts_.size() >= kMaxContexts) contexts_.clear();
  contexts_.emplace(std::move(name), context);
  return context;
}

std::optional<View> OpenKeys::reveal(std::uint32_t generation) const {
  const auto key = keys_.find(generation);
  if (key == keys_.end()) return std::nullopt;
  return key->second.private_key.reveal();
}

}  // namespace posthorn::vault
