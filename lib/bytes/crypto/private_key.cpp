#include "posthorn/bytes/crypto/private_key.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>

#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "posthorn/bytes/codec/base64.h"

#include "bytes/crypto/key_handle.h"

namespace posthorn::crypto {

namespace {

constexpr View kBegin = "-----BEGIN ";
constexpr View kEnd = "-----END ";
constexpr View kDashes = "-----";

// With a key of ours these functions fail for lack of memory only.
void require(bool done) {
  if (!done) throw std::bad_alloc();
}

/// The octets of the first private key of a PEM text; nullopt: there is none that is not encrypted.
std::optional<Secret> from_pem(View text) {
  for (std::size_t at = text.find(kBegin); at != View::npos; at = text.find(kBegin, at + 1)) {
    const View label = text.substr(at + kBegin.size(), text.find(kDashes, at + kBegin.size()) - at - kBegin.size());
    if (label != "PRIVATE KEY" && label != "RSA PRIVATE KEY") continue;
    const std::size_t from = at + kBegin.size() + label.size() + kDashes.size();
    const std::size_t to = text.find(kEnd, from);
    if (from > text.size() || to == View::npos) return std::nullopt;
    std::string letters;
    letters.reserve(to - from);
    for (const char c : text.substr(from, to - from)) {
      if (c != '\r' && c != '\n' && c != ' ' && c != '\t') letters += c;
    }
    auto octets = codec::base64_decode(letters);
    wipe(letters.data(), letters.size());
    if (!octets) return std::nullopt;
    return Secret(std::move(*octets));
  }
  return std::nullopt;
}

Secret to_pem(View label, const Secret& octets) {
  constexpr std::size_t kLine = 64;  // RFC 7468 section 2
  const Secret letters(codec::base64_encode(octets.reveal()));
  std::string out;
  out.reserve(letters.reveal().size() * 66 / 64 + 100);  // so that no copy of it is left behind
  out.append(kBegin).append(label).append(kDashes).append("\n");
  for (View rest = letters.reveal(); !rest.empty(); rest.remove_prefix(std::min(kLine, rest.size())))
    out.append(rest.substr(0, kLine)).append("\n");
  out.append(kEnd).append(label).append(kDashes).append("\n");
  return Secret(std::move(out));
}

/// What one of the library's writers gives: `write(unsigned char** at)` is called for the size first.
template <class Write>
Secret written(Write&& write) {
  const int size = write(nullptr);
  require(size > 0);
  std::string out(static_cast<std::size_t>(size), '\0');
  unsigned char* at = octets_of(out);
  require(write(&at) == size);
  return Secret(std::move(out));
}

bool is_rsa(const EVP_PKEY* key) { return EVP_PKEY_id(key) == EVP_PKEY_RSA; }

/// @returns false where memory is lacking, or the numbers of the key do not belong together
bool sign_with_rsa(EVP_PKEY* key, View sha256, std::string& out) {
  const OperationHandle operation = operation_of(key);
  out.resize(static_cast<std::size_t>(EVP_PKEY_size(key)));
  std::size_t size = out.size();
  const bool made = EVP_PKEY_sign_init(operation.get()) == 1 && over_sha256(operation.get()) &&
                    EVP_PKEY_sign(operation.get(), octets_of(out), &size, octets_of(sha256), sha256.size()) == 1;
  out.resize(size);
  return made;
}

}  // namespace

Result<PrivateKey> PrivateKey::generate_rsa(std::size_t bits) {
  if (bits != 2048 && bits != 3072 && bits != 4096)
    return fail(caller_error(Code::misuse, "an RSA key has 2048, 3072 or 4096 bits"));
  const NoErrorsLeft after;
  const OperationHandle operation(EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr));
  EVP_PKEY* made = nullptr;
  require(operation && EVP_PKEY_keygen_init(operation.get()) == 1 &&
          EVP_PKEY_CTX_set_rsa_keygen_bits(operation.get(), static_cast<int>(bits)) == 1 &&
          EVP_PKEY_keygen(operation.get(), &made) == 1);
  return PrivateKey(std::make_shared<Key>(KeyHandle(made)));
}

PrivateKey PrivateKey::generate_ed25519(Random& random) {
  std::array<char, kCurveOctets> seed{};
  random.fill(std::as_writable_bytes(std::span(seed)));
  auto key = ed25519(View(seed.data(), seed.size()));
  wipe(seed.data(), seed.size());
  return std::move(*key);
}

Result<PrivateKey> PrivateKey::ed25519(View seed) {
  if (seed.size() != kCurveOctets) return fail(caller_error(Code::syntax, "the seed of an Ed25519 key has 32 octets"));
  const NoErrorsLeft after;
  KeyHandle handle(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets_of(seed), seed.size()));
  require(handle != nullptr);
  return PrivateKey(std::make_shared<Key>(std::move(handle)));
}

Result<PrivateKey> PrivateKey::read(View text, std::size_t min_bits) {
  const NoErrorsLeft after;
  const std::optional<Secret> unwrapped = from_pem(text);
  const View octets = unwrapped ? unwrapped->reveal() : text;
  const unsigned char* at = octets_of(octets);
  KeyHandle handle(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(octets.size())));
  if (!handle || at != octets_of(octets) + octets.size()) return fail(caller_error(Code::syntax, "no private key"));
  const auto bits = static_cast<std::size_t>(EVP_PKEY_bits(handle.get()));
  if (is_rsa(handle.get()) && (bits < std::max(min_bits, kLeastRsaBits) || bits > kMaxRsaBits)) {
    return fail(caller_error(Code::unsupported, "an RSA key of " + std::to_string(bits) + " bits"));
  }
  if (!is_rsa(handle.get()) && EVP_PKEY_id(handle.get()) != EVP_PKEY_ED25519)
    return fail(caller_error(Code::unsupported, "neither an RSA key nor an Ed25519 key"));
  const std::string digest(32, '\0');
  std::string tried;
  if (is_rsa(handle.get()) && !sign_with_rsa(handle.get(), digest, tried))
    return fail(caller_error(Code::syntax, "an RSA key that does not sign"));
  PrivateKey key(std::make_shared<Key>(std::move(handle)));
  if (!tried.empty() && !key.public_key().verifies_digest(digest, tried))
    return fail(caller_error(Code::syntax, "an RSA key whose halves do not belong together"));
  return key;
}

SignatureScheme PrivateKey::scheme() const {
  return is_rsa(key_->handle.get()) ? SignatureScheme::rsa_pkcs1_sha256 : SignatureScheme::ed25519;
}

PublicKey PrivateKey::public_key() const {
  const NoErrorsLeft after;
  const Secret info = written([&](unsigned char** at) { return i2d_PUBKEY(key_->handle.get(), at); });
  auto read = PublicKey::read(scheme(), info.reveal());
  require(read.has_value());
  return std::move(*read);
}

Secret PrivateKey::der() const {
  struct Free {
    void operator()(PKCS8_PRIV_KEY_INFO* info) const { PKCS8_PRIV_KEY_INFO_free(info); }
  };
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free> info(EVP_PKEY2PKCS8(key_->handle.get()));
  require(info != nullptr);
  return written([&](unsigned char** at) { return i2d_PKCS8_PRIV_KEY_INFO(info.get(), at); });
}

Secret PrivateKey::pem() const { return to_pem("PRIVATE KEY", der()); }

Secret PrivateKey::pkcs1_pem() const {
  if (!is_rsa(key_->handle.get())) return {};
  return to_pem("RSA PRIVATE KEY", written([&](unsigned char** at) { return i2d_PrivateKey(key_->handle.get(), at); }));
}

std::string PrivateKey::sign(View octets) const {
  const NoErrorsLeft after;
  const DigestHandle digest = new_digest();
  std::size_t size = 0;
  require(EVP_DigestSignInit(digest.get(), nullptr, digest_of(scheme()), nullptr, key_->handle.get()) == 1 &&
          EVP_DigestSign(digest.get(), nullptr, &size, octets_of(octets), octets.size()) == 1);
  std::string out(size, '\0');
  require(EVP_DigestSign(digest.get(), octets_of(out), &size, octets_of(octets), octets.size()) == 1);
  out.resize(size);
  return out;
}

std::string PrivateKey::sign_digest(View sha256) const {
  if (scheme() == SignatureScheme::ed25519) return sign(sha256);
  const NoErrorsLeft after;
  std::string out;
  require(sign_with_rsa(key_->handle.get(), sha256, out));
  return out;
}

}  // namespace posthorn::crypto
