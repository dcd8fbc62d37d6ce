// What is stored to recognise a password or a token, and the key that the same computation gives; the library behind it
// does not show.
//
// A stored text holds a salt and a check, both made of the result of one slow run, and neither tells that result. So
// one run both verifies a credential and gives the key that opens what is wrapped for it.
#pragma once

#include <cstdint>
#include <string>

#include "posthorn/bytes/crypto/kdf.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::crypto {

/// Octets of the salts of stored texts.
inline constexpr std::size_t kSaltOctets = 16;

/// A text to store, and the key (32 octets) that must never be stored.
struct PasswordKey {
  std::string stored;
  Secret key;
};

/// For a password that people choose: "$argon2id-kdf$v=19$m=...,t=...,p=1$salt$check". Blocks for as long as the cost
/// says.
/// @param salt kSaltOctets random octets
/// @errors as argon2id()
[[nodiscard]] Result<PasswordKey> make_password_key(const Secret& password, View salt, Argon2Cost cost);

/// For a secret that nobody can guess (128 random bits or more), without a slow run: "$hkdf-sha256$salt$check".
[[nodiscard]] PasswordKey make_token_key(const Secret& token, View salt);

struct PasswordMatch {
  bool matches = false;
  Secret key;  ///< that of PasswordKey; empty without a match, and for texts "$argon2id$", which give none
};

/// Tries a credential against a stored text: one of the two above, or the usual
/// "$argon2id$v=19$m=...,t=...,p=1$salt$hash". Costs what the text says, whether or not the credential is right.
/// @errors corrupt (another text, or one that asks for more than kMaxArgon2Cost), unavailable (not enough memory)
[[nodiscard]] Result<PasswordMatch> match_password(View stored, const Secret& credential);

/// Whether `stored` is no text of make_password_key() at this cost, so that the next login should make it again.
[[nodiscard]] bool is_outdated(View stored, Argon2Cost cost);

}  // namespace posthorn::crypto
