#include "posthorn/bytes/crypto/password.h"

#include <algorithm>
#include <array>
#include <optional>

#include <sodium.h>

namespace posthorn::crypto {

namespace {

using StoredText = std::array<char, crypto_pwhash_argon2id_STRBYTES>;

// The library wants the text with NULs up to the full size.
std::optional<StoredText> padded(View stored) {
  StoredText text{};
  if (stored.size() >= text.size() || stored.find('\0') != View::npos) return std::nullopt;
  std::copy(stored.begin(), stored.end(), text.begin());
  return text;
}

}  // namespace

Result<std::string> hash_password(const Secret& password, PasswordCost cost) {
  if (sodium_init() < 0) return fail(environment_error(Code::unavailable, "libsodium does not start"));
  if (cost.operations < crypto_pwhash_argon2id_OPSLIMIT_MIN || cost.operations > crypto_pwhash_argon2id_OPSLIMIT_MAX ||
      cost.octets < crypto_pwhash_argon2id_MEMLIMIT_MIN || cost.octets > crypto_pwhash_argon2id_MEMLIMIT_MAX) {
    return fail(caller_error(Code::misuse, "Argon2id cost out of range"));
  }
  StoredText text{};
  const View clear = password.reveal();
  if (crypto_pwhash_argon2id_str(text.data(), clear.data(), clear.size(), cost.operations, cost.octets) != 0) {
    return fail(environment_error(Code::unavailable, "no memory to hash a password"));
  }
  return std::string(text.data());
}

bool verify_password(View stored, const Secret& password) {
  const auto text = padded(stored);
  if (!text || sodium_init() < 0) return false;
  const View clear = password.reveal();
  return crypto_pwhash_argon2id_str_verify(text->data(), clear.data(), clear.size()) == 0;
}

bool needs_rehash(View stored, PasswordCost cost) {
  const auto text = padded(stored);
  if (!text || sodium_init() < 0) return true;
  return crypto_pwhash_argon2id_str_needs_rehash(text->data(), cost.operations, cost.octets) != 0;
}

}  // namespace posthorn::crypto
