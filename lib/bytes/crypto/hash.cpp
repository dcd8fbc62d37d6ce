#include "posthorn/bytes/crypto/hash.h"

#include <algorithm>
#include <climits>
#include <cstddef>
#include <new>

#include <openssl/evp.h>
#include <openssl/hmac.h>

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

}  // namespace

std::string sha256(View octets) {
  std::string digest(kDigest, '\0');
  require(EVP_Digest(start_of(octets), octets.size(), octets_of(digest), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

std::string hmac_sha256(View key, View octets) {
  std::string code(kDigest, '\0');
  require(HMAC(EVP_sha256(), start_of(key), key.size(), octets_of(octets), octets.size(), octets_of(code), nullptr) !=
          nullptr);
  return code;
}

struct HmacSha256::State {
  struct Free {
    void operator()(HMAC_CTX* context) const { HMAC_CTX_free(context); }
  };
  std::unique_ptr<HMAC_CTX, Free> context{HMAC_CTX_new()};
};

HmacSha256::HmacSha256(View key) : state_(std::make_unique<State>()) {
  require(state_->context != nullptr);
  require(HMAC_Init_ex(state_->context.get(), start_of(key), static_cast<int>(key.size()), EVP_sha256(), nullptr) == 1);
}
HmacSha256::~HmacSha256() = default;

void HmacSha256::add(View octets) {
  require(HMAC_Update(state_->context.get(), octets_of(octets), octets.size()) == 1);
}

void HmacSha256::finish(std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + kDigest);
  unsigned int written = 0;
  require(HMAC_Final(state_->context.get(), octets_of(out) + start, &written) == 1);
  require(HMAC_Init_ex(state_->context.get(), nullptr, 0, nullptr, nullptr) == 1);
}

std::string pbkdf2_sha256(View password, View salt, std::uint32_t iterations) {
  std::string key(kDigest, '\0');
  const std::uint32_t count = std::clamp<std::uint32_t>(iterations, 1, INT_MAX);  // OpenSSL counts in int
  require(PKCS5_PBKDF2_HMAC(start_of(password), password.size(), octets_of(salt), salt.size(), count, EVP_sha256(),
                            kDigest, octets_of(key)) == 1);
  return key;
}

}  // namespace posthorn::crypto
