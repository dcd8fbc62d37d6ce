#include "service/vault/import/evp.h"

#include <algorithm>
#include <new>

#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "posthorn/bytes/codec/hex.h"

#include "service/vault/import/der.h"

namespace posthorn::vault::evp {

namespace {

// prime256v1, secp384r1, secp521r1; their orders are those of SEC 2 version 2.
constexpr Curve kCurves[] = {
    {"1.2.840.10045.3.1.7", View("\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07", 10), 32,
     "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"},
    {"1.3.132.0.34", View("\x06\x05\x2B\x81\x04\x00\x22", 7), 48,
     "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973"},
    {"1.3.132.0.35", View("\x06\x05\x2B\x81\x04\x00\x23", 7), 66,
     "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
     "FA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409"},
};

constexpr Digest kDigests[] = {
    {"1.3.14.3.2.26", "sha1", EVP_sha1, 20},
    {"2.16.840.1.101.3.4.2.1", "sha256", EVP_sha256, 32},
    {"2.16.840.1.101.3.4.2.2", "sha384", EVP_sha384, 48},
    {"2.16.840.1.101.3.4.2.3", "sha512", EVP_sha512, 64},
};

constexpr Cipher kCiphers[] = {
    {"2.16.840.1.101.3.4.1.2", "aes-128-cbc", EVP_aes_128_cbc, 16, 16, false},
    {"2.16.840.1.101.3.4.1.6", "aes-128-gcm", EVP_aes_128_gcm, 16, 12, true},
    {"2.16.840.1.101.3.4.1.22", "aes-192-cbc", EVP_aes_192_cbc, 24, 16, false},
    {"2.16.840.1.101.3.4.1.26", "aes-192-gcm", EVP_aes_192_gcm, 24, 12, true},
    {"2.16.840.1.101.3.4.1.42", "aes-256-cbc", EVP_aes_256_cbc, 32, 16, false},
    {"2.16.840.1.101.3.4.1.46", "aes-256-gcm", EVP_aes_256_gcm, 32, 12, true},
    {"", "aes-256-ctr", EVP_aes_256_ctr, 32, 16, false},
};

constexpr std::size_t kPiece = std::size_t{1} << 20U;  // the library counts octets in int
constexpr View kEcPublicKey("\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01", 9);

struct FreeOperation {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeOperation>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeOperation>;

const unsigned char* octets_of(View text) {
  return reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data());
}
unsigned char* octets_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// With valid arguments these functions fail for lack of memory only.
void require(bool done) {
  if (!done) throw std::bad_alloc();
}

template <class Row, std::size_t count>
const Row* find(const Row (&rows)[count], View Row::* member, View wanted) {
  const auto* row = std::find_if(rows, rows + count, [&](const Row& r) { return r.*member == wanted; });
  return row == rows + count || wanted.empty() ? nullptr : row;
}

std::string info_of(View curve, View point) {
  return der::put(der::kSequence, der::put(der::kSequence, std::string(kEcPublicKey) + std::string(curve)) +
                                      der::put(der::kBitString, std::string(1, '\0') + std::string(point)));
}

std::string compressed(View point) {
  if (point.size() < 3 || point[0] != '\x04') return std::string(point);
  const bool odd = (static_cast<unsigned char>(point.back()) & 1U) != 0;
  return (odd ? '\x03' : '\x02') + std::string(point.substr(1, point.size() / 2));
}

}  // namespace

QuietErrors::~QuietErrors() { ERR_clear_error(); }

const Curve* find_curve(View oid) { return find(kCurves, &Curve::oid, oid); }

const Digest* find_digest(View wanted) {
  const Digest* row = find(kDigests, &Digest::oid, wanted);
  return row != nullptr ? row : find(kDigests, &Digest::name, wanted);
}

const Cipher* find_cipher(View wanted) {
  const Cipher* row = find(kCiphers, &Cipher::oid, wanted);
  return row != nullptr ? row : find(kCiphers, &Cipher::name, wanted);
}

Pkey key_of_scalar(const Curve& curve, const Secret& scalar) {
  const QuietErrors quiet;
  const View value = scalar.reveal();
  if (value.size() != curve.field || value.find_first_not_of('\0') == View::npos) return nullptr;
  if (value >= codec::hex_decode(curve.order).value_or("")) return nullptr;  // OpenSSL would not look
  // ECPrivateKey of RFC 5915 section 3, without the public key: it is computed.
  const Secret octets(der::put(der::kOctetString, value));
  const Secret body(std::string("\x02\x01\x01", 3) + std::string(octets.reveal()) +
                    der::put(der::kParameters, curve.der));
  const Secret text(der::put(der::kSequence, body.reveal()));
  const unsigned char* at = octets_of(text.reveal());
  return Pkey(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(text.reveal().size())));
}

std::string public_info(EVP_PKEY* key) {
  const QuietErrors quiet;
  const int size = i2d_PUBKEY(key, nullptr);
  if (size <= 0) return {};
  std::string info(static_cast<std::size_t>(size), '\0');
  unsigned char* end = octets_of(info);
  if (i2d_PUBKEY(key, &end) != size) return {};
  if (EVP_PKEY_id(key) == EVP_PKEY_RSA) return info;
  View rest(info);
  auto body = der::take(rest, der::kSequence);
  auto algorithm = body ? der::take(*body, der::kSequence) : std::nullopt;
  const auto point = algorithm ? der::take(*body, der::kBitString) : std::nullopt;
  if (!point || point->empty() || !algorithm->starts_with(kEcPublicKey)) return {};
  return info_of(algorithm->substr(kEcPublicKey.size()), compressed(point->substr(1)));
}

std::optional<Secret> agree(EVP_PKEY* key, const Curve& curve, View point) {
  const QuietErrors quiet;
  const bool whole = point.size() == 1 + 2 * curve.field && point[0] == '\x04';
  const bool half = point.size() == 1 + curve.field && (point[0] == '\x02' || point[0] == '\x03');
  if (!whole && !half) return std::nullopt;
  const std::string info = info_of(curve.der, point);
  const unsigned char* at = octets_of(View(info));
  const Pkey peer(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())));
  const PkeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  std::string secret(curve.field, '\0');
  std::size_t size = secret.size();
  if (!peer || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(context.get(), octets_of(secret), &size) != 1 || size != secret.size()) {
    return std::nullopt;
  }
  return Secret(std::move(secret));
}

std::optional<Secret> open_oaep(EVP_PKEY* key, View sealed) {
  const QuietErrors quiet;
  const PkeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  if (!context || EVP_PKEY_decrypt_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1) {
    return std::nullopt;
  }
  std::string text(static_cast<std::size_t>(EVP_PKEY_size(key)), '\0');
  std::size_t size = text.size();
  const bool opened = EVP_PKEY_decrypt(context.get(), octets_of(text), &size, octets_of(sealed), sealed.size()) == 1 &&
                      size <= text.size();
  Secret secret(View(text).substr(0, opened ? size : 0));
  wipe(text.data(), text.size());
  if (!opened) return std::nullopt;
  return secret;
}

Secret pbkdf2(const Digest& digest, View secret, View salt, std::uint32_t rounds, std::size_t size) {
  std::string key(size, '\0');
  require(PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(octets_of(secret)), secret.size(), octets_of(salt),
                            salt.size(), std::max<std::uint32_t>(rounds, 1), digest.function(), size,
                            octets_of(key)) == 1);
  return Secret(std::move(key));
}

std::string hash(const Digest& digest, View octets) {
  std::string out(digest.size, '\0');
  require(EVP_Digest(octets_of(octets), octets.size(), octets_of(out), nullptr, digest.function(), nullptr) == 1);
  return out;
}

std::string hmac(const Digest& digest, View key, View octets) {
  std::string out(digest.size, '\0');
  require(HMAC(digest.function(), octets_of(key), key.size(), octets_of(octets), octets.size(), octets_of(out),
               nullptr) != nullptr);
  return out;
}

std::optional<std::string> decrypt(const Cipher& cipher, const Sealed& sealed) {
  const QuietErrors quiet;
  if (sealed.key.size() != cipher.key || sealed.iv.size() != cipher.iv) return std::nullopt;
  if (sealed.tag.size() != (cipher.aead ? kTag : 0)) return std::nullopt;
  const CipherContext context(EVP_CIPHER_CTX_new());
  require(context != nullptr && EVP_DecryptInit_ex(context.get(), cipher.function(), nullptr, octets_of(sealed.key),
                                                   octets_of(sealed.iv)) == 1);
  int made = 0;
  if (cipher.aead) {
    std::string tag(sealed.tag);  // the library does not promise that it only reads
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()) == 1 &&
            EVP_DecryptUpdate(context.get(), nullptr, &made, octets_of(sealed.aad),
                              static_cast<int>(sealed.aad.size())) == 1);
  }
  std::string text(sealed.octets.size() + EVP_MAX_BLOCK_LENGTH, '\0');
  std::size_t size = 0;
  bool good = true;
  for (std::size_t at = 0; good && at < sealed.octets.size(); at += kPiece) {
    const View piece = sealed.octets.substr(at, kPiece);
    good = EVP_DecryptUpdate(context.get(), octets_of(text) + size, &made, octets_of(piece),
                             static_cast<int>(piece.size())) == 1;
    size += good ? static_cast<std::size_t>(made) : 0;
  }
  good = good && EVP_DecryptFinal_ex(context.get(), octets_of(text) + size, &made) == 1;
  if (!good) {
    wipe(text.data(), text.size());
    return std::nullopt;
  }
  text.resize(size + static_cast<std::size_t>(made));
  return text;
}

}  // namespace posthorn::vault::evp
