#include "posthorn/bytes/crypto/hash.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <new>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "posthorn/bytes/secret.h"

namespace posthorn::crypto {

namespace {

constexpr std::size_t kDigest = 32;

// Both libraries treat a null pointer as "no key given", which is not an empty key.
const char* start_of(View octets) { return octets.empty() ? "" : octets.data(); }
const unsigned char* octets_of(View octets) { return reinterpret_cast<const unsigned char*>(start_of(octets)); }
unsigned char* octets_of(std::string& octets) { return reinterpret_cast<unsigned char*>(octets.data()); }

// With valid arguments these functions fail for lack of memory only.
void require(bool done) {
  if (!done) throw std::bad_alloc();
}

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Digest = std::unique_ptr<EVP_MD_CTX, Free>;

}  // namespace

std::string sha256(View octets) {
  std::string digest(kDigest, '\0');
  require(EVP_Digest(start_of(octets), octets.size(), octets_of(digest), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

std::string sha512(View octets) {
  std::string digest(2 * kDigest, '\0');
  require(EVP_Digest(start_of(octets), octets.size(), octets_of(digest), nullptr, EVP_sha512(), nullptr) == 1);
  return digest;
}

struct Sha256::State {
  State() : running(EVP_MD_CTX_new()) { require(running != nullptr); }
  void begin() const { require(EVP_DigestInit_ex(running.get(), EVP_sha256(), nullptr) == 1); }
  Digest running;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { state_->begin(); }
Sha256::~Sha256() = default;
Sha256::Sha256(const Sha256& other) : state_(std::make_unique<State>()) { *this = other; }
Sha256& Sha256::operator=(const Sha256& other) {
  if (this != &other) require(EVP_MD_CTX_copy_ex(state_->running.get(), other.state_->running.get()) == 1);
  return *this;
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(View octets) {
  require(EVP_DigestUpdate(state_->running.get(), start_of(octets), octets.size()) == 1);
}

std::string Sha256::finish() {
  std::string digest(kDigest, '\0');
  require(EVP_DigestFinal_ex(state_->running.get(), octets_of(digest), nullptr) == 1);
  state_->begin();
  return digest;
}

std::string hmac_sha256(View key, View octets) {
  std::string code(kDigest, '\0');
  require(HMAC(EVP_sha256(), start_of(key), key.size(), octets_of(octets), octets.size(), octets_of(code), nullptr) !=
          nullptr);
  return code;
}

// RFC 2104 on digests, because the functions for HMAC that both libraries have compute from the key each time.
struct HmacSha256::State {
  /// A digest that has taken the key, its octets changed by `pad`.
  static Digest keyed(View key, char pad) {
    constexpr std::size_t kBlock = 64;
    std::string block(kBlock, pad);
    for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<char>(block[i] ^ key[i]);
    Digest digest(EVP_MD_CTX_new());
    require(digest != nullptr && EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) == 1);
    require(EVP_DigestUpdate(digest.get(), block.data(), block.size()) == 1);
    wipe(block.data(), block.size());
    return digest;
  }
  explicit State(View key) : inner_key(keyed(key, 0x36)), outer_key(keyed(key, 0x5C)), running(EVP_MD_CTX_new()) {
    begin();
  }
  void begin() const { require(running != nullptr && EVP_MD_CTX_copy_ex(running.get(), inner_key.get()) == 1); }

  Digest inner_key;
  Digest outer_key;
  Digest running;
};

HmacSha256::HmacSha256(View key)
    : state_(key.size() > 64 ? std::make_unique<State>(sha256(key)) : std::make_unique<State>(key)) {}
HmacSha256::~HmacSha256() = default;

void HmacSha256::add(View octets) {
  require(EVP_DigestUpdate(state_->running.get(), start_of(octets), octets.size()) == 1);
}

void HmacSha256::finish(std::string& out) {
  std::array<unsigned char, kDigest> inner{};
  EVP_MD_CTX* const running = state_->running.get();
  require(EVP_DigestFinal_ex(running, inner.data(), nullptr) == 1);
  require(EVP_MD_CTX_copy_ex(running, state_->outer_key.get()) == 1);
  require(EVP_DigestUpdate(running, inner.data(), inner.size()) == 1);
  const std::size_t start = out.size();
  out.resize(start + kDigest);
  require(EVP_DigestFinal_ex(running, octets_of(out) + start, nullptr) == 1);
  wipe(inner.data(), inner.size());
  state_->begin();
}

std::string pbkdf2_sha256(View password, View salt, std::uint32_t iterations) {
  std::string key(kDigest, '\0');
  const std::uint32_t count = std::clamp<std::uint32_t>(iterations, 1, INT_MAX);  // OpenSSL counts in int
  require(PKCS5_PBKDF2_HMAC(start_of(password), password.size(), octets_of(salt), salt.size(), count, EVP_sha256(),
                            kDigest, octets_of(key)) == 1);
  return key;
}

}  // namespace posthorn::crypto
