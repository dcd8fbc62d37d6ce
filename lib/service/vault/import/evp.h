// What the readers of sealed files need of the TLS library's cryptography: the part that BoringSSL and OpenSSL 3 share.
//
// Every function leaves the library's error queue as empty as it was. nullopt means that the octets do not fit the key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <openssl/evp.h>

#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::vault::evp {

struct FreePkey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreePkey>;

/// An elliptic curve that keys may have.
struct Curve {
  View oid;           ///< "1.2.840.10045.3.1.7"
  View der;           ///< the same as an OBJECT IDENTIFIER with tag and length
  std::size_t field;  ///< octets of a coordinate
  View order;         ///< of the base point, in hexadecimal digits: scalars are less
};
[[nodiscard]] const Curve* find_curve(View oid);

/// A digest of PBKDF2, HMAC and key hashes.
struct Digest {
  View oid;
  View name;  ///< "sha256"
  const EVP_MD* (*function)();
  std::size_t size;  ///< octets
};
[[nodiscard]] const Digest* find_digest(View oid_or_name);

/// Octets of the tag of every AEAD cipher here.
inline constexpr std::size_t kTag = 16;

/// A cipher of files and key texts.
struct Cipher {
  View oid;   ///< none for CTR: nobody gave it one
  View name;  ///< "aes-256-gcm"
  const EVP_CIPHER* (*function)();
  std::size_t key;  ///< octets
  std::size_t iv;   ///< octets
  bool aead;
};
[[nodiscard]] const Cipher* find_cipher(View oid_or_name);

/// The private key with this scalar (big-endian, curve.field octets), or null when it is none of the curve.
[[nodiscard]] Pkey key_of_scalar(const Curve& curve, const Secret& scalar);

/// The public half as SubjectPublicKeyInfo, points compressed: what key ids are made of. Empty for other kinds of keys.
[[nodiscard]] std::string public_info(EVP_PKEY* key);

/// ECDH: the x coordinate (curve.field octets) with the other side's point.
[[nodiscard]] std::optional<Secret> agree(EVP_PKEY* key, const Curve& curve, View point);

/// RSA-OAEP with SHA-1, as RFC 8017 has it by default.
[[nodiscard]] std::optional<Secret> open_oaep(EVP_PKEY* key, View sealed);

/// PBKDF2 (RFC 8018) with HMAC.
[[nodiscard]] Secret pbkdf2(const Digest& digest, View secret, View salt, std::uint32_t rounds, std::size_t size);

[[nodiscard]] std::string hash(const Digest& digest, View octets);
[[nodiscard]] std::string hmac(const Digest& digest, View key, View octets);

/// What a ciphertext is opened with; `aad` and `tag` for AEAD ciphers only.
struct Sealed {
  View key;
  View iv;
  View octets;
  View aad;
  View tag;
};

/// The text; nullopt when the tag or the padding (CBC) is wrong.
[[nodiscard]] std::optional<std::string> decrypt(const Cipher& cipher, const Sealed& sealed);

/// Forgets what the library said about failures; it would be read as that of a TLS session.
struct QuietErrors {
  QuietErrors() = default;
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
  ~QuietErrors();
};

}  // namespace posthorn::vault::evp
