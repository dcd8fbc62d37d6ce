// What both halves of a key pair hold, and how the library that they hold it of is treated.
#pragma once

#include <memory>
#include <new>
#include <string>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "posthorn/bytes/crypto/private_key.h"
#include "posthorn/bytes/crypto/signature.h"

namespace posthorn::crypto {

struct FreeHandle {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* operation) const { EVP_PKEY_CTX_free(operation); }
  void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeHandle>;
using OperationHandle = std::unique_ptr<EVP_PKEY_CTX, FreeHandle>;
using DigestHandle = std::unique_ptr<EVP_MD_CTX, FreeHandle>;

struct PublicKey::Key {
  KeyHandle handle;
};
struct PrivateKey::Key {
  KeyHandle handle;
};

/// What is left in the thread's queue of errors would be taken for a failure of its next TLS session.
struct NoErrorsLeft {
  NoErrorsLeft() = default;
  ~NoErrorsLeft() { ERR_clear_error(); }
  NoErrorsLeft(const NoErrorsLeft&) = delete;
  NoErrorsLeft& operator=(const NoErrorsLeft&) = delete;
};

// Both libraries treat a null pointer as "nothing given", which is not the same as no octets.
inline const unsigned char* octets_of(View octets) {
  return reinterpret_cast<const unsigned char*>(octets.empty() ? "" : octets.data());
}
inline unsigned char* octets_of(std::string& octets) { return reinterpret_cast<unsigned char*>(octets.data()); }

/// An operation of one step over a digest with PKCS #1 padding or as ECDSA.
inline bool over_sha256(EVP_PKEY_CTX* operation) { return EVP_PKEY_CTX_set_signature_md(operation, EVP_sha256()) == 1; }

/// Never null. Throws std::bad_alloc.
inline OperationHandle operation_of(EVP_PKEY* key) {
  OperationHandle made(EVP_PKEY_CTX_new(key, nullptr));
  if (!made) throw std::bad_alloc();
  return made;
}
inline DigestHandle new_digest() {
  DigestHandle made(EVP_MD_CTX_new());
  if (!made) throw std::bad_alloc();
  return made;
}
/// What a scheme hashes octets with; none where it takes them whole.
inline const EVP_MD* digest_of(SignatureScheme scheme) {
  return scheme == SignatureScheme::ed25519 ? nullptr : EVP_sha256();
}

}  // namespace posthorn::crypto
