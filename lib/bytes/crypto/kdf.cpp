#include "posthorn/bytes/crypto/kdf.h"

#include <algorithm>

#include <sodium.h>

#include "posthorn/bytes/crypto/hash.h"

namespace posthorn::crypto {

namespace {
constexpr std::size_t kDigest = 32;
}

Secret hkdf_extract(View salt, View key_material) {
  // An absent salt is a digest of zeros, which HMAC pads an empty key to anyway.
  return Secret(hmac_sha256(salt, key_material));
}

Secret hkdf_expand(View key, View info, std::size_t count) {
  std::string out;
  out.reserve(count + kDigest);  // never moved: nothing of it is left behind
  HmacSha256 code(key);
  for (char counter = 1; out.size() < count; ++counter) {
    code.add(View(out).substr(out.size() < kDigest ? 0 : out.size() - kDigest));
    code.add(info);
    code.add(View(&counter, 1));
    code.finish(out);
  }
  wipe(out.data() + count, out.size() - count);
  out.resize(count);
  return Secret(std::move(out));
}

Result<Secret> argon2id(const Secret& password, View salt, Argon2Cost cost) {
  if (sodium_init() < 0) return fail(environment_error(Code::unavailable, "libsodium does not start"));
  if (cost.passes < crypto_pwhash_argon2id_OPSLIMIT_MIN || cost.passes > kMaxArgon2Cost.passes ||
      cost.octets < crypto_pwhash_argon2id_MEMLIMIT_MIN || cost.octets > kMaxArgon2Cost.octets ||
      salt.size() != crypto_pwhash_argon2id_SALTBYTES) {
    return fail(caller_error(Code::misuse, "Argon2id cost or salt out of range"));
  }
  std::string out(kDigest, '\0');
  const View clear = password.reveal();
  auto* octets = reinterpret_cast<unsigned char*>(out.data());
  if (crypto_pwhash_argon2id(octets, out.size(), clear.data(), clear.size(),
                             reinterpret_cast<const unsigned char*>(salt.data()), cost.passes, cost.octets,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return fail(environment_error(Code::unavailable, "no memory to hash a password"));
  }
  return Secret(std::move(out));
}

}  // namespace posthorn::crypto
