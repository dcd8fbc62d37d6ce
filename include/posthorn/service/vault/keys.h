// The keys of a mailbox: a public one that everybody may seal to, and the private ones while somebody is logged in.
//
// A mailbox has one key pair at a time; a new pair begins a new generation, and the old ones stay for the old mail. The
// formats are in docs/formats/sealed.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "posthorn/bytes/crypto/guarded.h"
#include "posthorn/bytes/crypto/hpke.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::vault {

/// Whose key, and which of them. What is sealed for one owner opens for no other.
struct Owner {
  std::uint64_t account = 0;
  std::uint32_t generation = 0;  ///< counts from 1
  auto operator<=>(const Owner&) const = default;
};

struct PublicKey {
  Owner owner;
  std::string octets;  ///< 32
  bool operator==(const PublicKey&) const = default;
};

struct KeyPair {
  PublicKey public_key;
  Secret private_key;
};
[[nodiscard]] KeyPair make_key_pair(Owner owner, Random& random);

/// "not sealed to a key that this session has": told from damage, because logging in otherwise helps.
[[nodiscard]] Error sealed_error(View note);

/// The private keys of one mailbox that a login opened. They lie in guarded memory until the last session lets go of
/// this object; what was derived of them is wiped with it. Safe to call from many threads.
class OpenKeys {
 public:
  explicit OpenKeys(std::uint64_t account) : account_(account) {}
  OpenKeys(const OpenKeys&) = delete;
  OpenKeys& operator=(const OpenKeys&) = delete;

  /// Call it before the object is shared. @errors misuse (no private key)
  Result<void> add(std::uint32_t generation, const Secret& private_key);

  [[nodiscard]] std::uint64_t account() const { return account_; }
  [[nodiscard]] bool holds(std::uint32_t generation) const { return keys_.contains(generation); }
  [[nodiscard]] bool empty() const { return keys_.empty(); }

  /// The secret of one encapsulation to this mailbox. Remembers the last kMaxContexts, since one encapsulation serves
  /// many messages. @errors sealed_error() (no such generation), corrupt
  [[nodiscard]] Result<std::shared_ptr<const crypto::HpkeKeys>> receive(std::uint32_t generation, View encapsulated,
                                                                        View info) const;
  /// The private key itself, to wrap it for another credential. @lifetime that of this object
  [[nodiscard]] std::optional<View> reveal(std::uint32_t generation) const;

  static constexpr std::size_t kMaxContexts = 4096;

 private:
  struct Key {
    crypto::Guarded private_key;
    std::string public_key;
  };
  const std::uint64_t account_;
  std::map<std::uint32_t, Key> keys_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const crypto::HpkeKeys>>
      contexts_;  // by generation, info and encapsulation
};

}  // namespace posthorn::vault
