#include "posthorn/bytes/crypto/aead.h"

#include <algorithm>
#include <climits>
#include <new>

#include <openssl/evp.h>
#include <sodium.h>

namespace posthorn::crypto {

namespace {

const unsigned char* octets_of(View octets) { return reinterpret_cast<const unsigned char*>(octets.data()); }
unsigned char* octets_of(std::string& octets) { return reinterpret_cast<unsigned char*>(octets.data()); }

// With keys and nonces of the right size these functions fail for lack of memory only.
void require(bool done) {
  if (!done) throw std::bad_alloc();
}

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;

using Open = int (*)(unsigned char*, unsigned long long*, unsigned char*, const unsigned char*, unsigned long long,
                     const unsigned char*, unsigned long long, const unsigned char*, const unsigned char*);
using Seal = int (*)(unsigned char*, unsigned long long*, const unsigned char*, unsigned long long,
                     const unsigned char*, unsigned long long, const unsigned char*, const unsigned char*,
                     const unsigned char*);

std::string seal_with(Seal seal, View key, View nonce, View associated, View plain) {
  std::string out(plain.size() + kTagOctets, '\0');
  unsigned long long written = 0;
  require(seal(octets_of(out), &written, octets_of(plain), plain.size(), octets_of(associated), associated.size(),
               nullptr, octets_of(nonce), octets_of(key)) == 0);
  return out;
}

bool open_with(Open open, View key, View nonce, View associated, View sealed, Secret& plain) {
  if (sealed.size() < kTagOctets) return false;
  std::string out(sealed.size() - kTagOctets, '\0');
  unsigned long long written = 0;
  if (open(octets_of(out), &written, nullptr, octets_of(sealed), sealed.size(), octets_of(associated),
           associated.size(), octets_of(nonce), octets_of(key)) != 0) {
    return false;
  }
  plain = Secret(std::move(out));
  return true;
}

// An empty input is not passed on: with a null pointer it would end the message.
void update(int (*step)(EVP_CIPHER_CTX*, unsigned char*, int*, const unsigned char*, int), EVP_CIPHER_CTX* context,
            unsigned char* out, View in) {
  int written = 0;
  if (!in.empty()) require(step(context, out, &written, octets_of(in), static_cast<int>(in.size())) == 1);
}

}  // namespace

// Each direction is made when it is needed: most objects go one way.
struct Aes256Gcm::Cipher {
  Secret key;
  CipherContext encrypt;
  CipherContext decrypt;

  EVP_CIPHER_CTX* ready(CipherContext& context, decltype(&EVP_EncryptInit_ex) init) const {
    if (context) return context.get();
    context.reset(EVP_CIPHER_CTX_new());
    require(context != nullptr);
    require(init(context.get(), EVP_aes_256_gcm(), nullptr, octets_of(key.reveal()), nullptr) == 1);
    return context.get();
  }
};

Aes256Gcm::Aes256Gcm(View key) : cipher_(std::make_unique<Cipher>()) {
  require(key.size() == kAeadKeyOctets);
  cipher_->key = Secret(key);
}

Aes256Gcm::~Aes256Gcm() = default;
Aes256Gcm::Aes256Gcm(Aes256Gcm&&) noexcept = default;
Aes256Gcm& Aes256Gcm::operator=(Aes256Gcm&&) noexcept = default;

void Aes256Gcm::seal(View nonce, View associated, View plain, std::string& out) {
  EVP_CIPHER_CTX* context = cipher_->ready(cipher_->encrypt, EVP_EncryptInit_ex);
  const std::size_t start = out.size();
  require(nonce.size() == kNonceOctets && plain.size() < INT_MAX && associated.size() < INT_MAX);
  out.resize(start + plain.size() + kTagOctets);
  int written = 0;
  require(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, octets_of(nonce)) == 1);
  update(EVP_EncryptUpdate, context, nullptr, associated);
  update(EVP_EncryptUpdate, context, octets_of(out) + start, plain);
  require(EVP_EncryptFinal_ex(context, octets_of(out) + start + plain.size(), &written) == 1);
  require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagOctets, octets_of(out) + start + plain.size()) == 1);
}

bool Aes256Gcm::open(View nonce, View associated, View sealed, std::string& out) {
  if (sealed.size() < kTagOctets || sealed.size() >= INT_MAX || nonce.size() != kNonceOctets) return false;
  EVP_CIPHER_CTX* context = cipher_->ready(cipher_->decrypt, EVP_DecryptInit_ex);
  const std::size_t start = out.size();
  const std::size_t count = sealed.size() - kTagOctets;
  std::string tag(sealed.substr(count));
  out.resize(start + count);
  int written = 0;
  require(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, octets_of(nonce)) == 1);
  update(EVP_DecryptUpdate, context, nullptr, associated);
  update(EVP_DecryptUpdate, context, octets_of(out) + start, sealed.substr(0, count));
  require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagOctets, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context, octets_of(out) + start + count, &written) == 1) return true;
  wipe(out.data() + start, count);  // decrypted, but nobody knows by whom it was made
  out.resize(start);
  return false;
}

std::string chacha20_poly1305_seal(View key, View nonce, View associated, View plain) {
  require(key.size() == kAeadKeyOctets && nonce.size() == crypto_aead_chacha20poly1305_ietf_NPUBBYTES);
  return seal_with(crypto_aead_chacha20poly1305_ietf_encrypt, key, nonce, associated, plain);
}

bool chacha20_poly1305_open(View key, View nonce, View associated, View sealed, Secret& plain) {
  if (key.size() != kAeadKeyOctets || nonce.size() != crypto_aead_chacha20poly1305_ietf_NPUBBYTES) return false;
  return open_with(crypto_aead_chacha20poly1305_ietf_decrypt, key, nonce, associated, sealed, plain);
}

std::string xchacha20_poly1305_seal(View key, View nonce, View associated, View plain) {
  require(key.size() == kAeadKeyOctets && nonce.size() == kLongNonceOctets);
  return seal_with(crypto_aead_xchacha20poly1305_ietf_encrypt, key, nonce, associated, plain);
}

bool xchacha20_poly1305_open(View key, View nonce, View associated, View sealed, Secret& plain) {
  if (key.size() != kAeadKeyOctets || nonce.size() != kLongNonceOctets) return false;
  return open_with(crypto_aead_xchacha20poly1305_ietf_decrypt, key, nonce, associated, sealed, plain);
}

}  // namespace posthorn::crypto
