// Certificates and keys from PEM files into contexts of the TLS library.
#pragma once

#include <memory>
#include <string>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::io {

struct FreePem {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <class T>
using Owned = std::unique_ptr<T, FreePem>;

// TLS 1.2 only: forward secrecy and authenticated encryption. TLS 1.3 has nothing else.
inline constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// For PEM functions: a key with a password must fail, not ask on the terminal.
int no_password(char*, int, int, void*);

/// A file with certificates or a key that is none; forgets what the library noted.
[[nodiscard]] Error broken(const std::string& file, View what);

/// @errors not_found, denied, unavailable
[[nodiscard]] Result<std::string> read_pem(const std::string& name);

/// The first certificate is our own, the others lead to an authority. @errors as read_pem(), corrupt
[[nodiscard]] Result<void> use_chain(SSL_CTX* context, const std::string& file);

/// After use_chain(). @errors as read_pem(), corrupt (also a key of another certificate)
[[nodiscard]] Result<void> use_key(SSL_CTX* context, const std::string& file, const std::string& certificate_file);

}  // namespace posthorn::io
