#include "posthorn/bytes/crypto/certificate.h"

#include <new>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace posthorn::crypto {

namespace {

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  // What is in the stack belongs to Certificate objects.
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void require(bool done) {
  if (!done) throw std::bad_alloc();
}

ChainFault fault_of(int error) {
  if (error == X509_V_ERR_HOSTNAME_MISMATCH) return ChainFault::host_mismatch;
  if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID) return ChainFault::expired;
  return ChainFault::not_trusted;
}

}  // namespace

struct Certificate::Parts {
  std::string der;
  std::string key_info;
  Owned<X509> handle;
};

Result<Certificate> Certificate::read(View der) {
  auto parts = std::make_shared<Parts>();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = at + der.size();
  if (!der.empty()) parts->handle.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  unsigned char* info = nullptr;
  const int octets = parts->handle && at == end ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parts->handle.get()), &info) : 0;
  ERR_clear_error();  // what is left in the thread's queue would be taken for a failure of its next TLS session
  if (octets <= 0) return fail(peer_error(Code::syntax, "no certificate in DER"));
  parts->key_info.assign(info, info + octets);
  OPENSSL_free(info);
  parts->der = own(der);
  return Certificate(std::move(parts));
}

View Certificate::der() const { return parts_->der; }
View Certificate::public_key_info() const { return parts_->key_info; }

ChainFault check_chain(std::span<const Certificate> chain, std::span<const Certificate> anchors,
                       std::span<const std::string> names, std::chrono::sys_seconds now) {
  if (chain.empty()) return ChainFault::not_trusted;
  if (names.empty()) return ChainFault::host_mismatch;
  const Owned<X509_STORE> store(X509_STORE_new());
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  const Owned<STACK_OF(X509)> beside(sk_X509_new_null());
  require(store && context && beside);
  for (const Certificate& anchor : anchors) {
    require(X509_STORE_add_cert(store.get(), anchor.parts().handle.get()) == 1);
  }
  for (const Certificate& other : chain.subspan(1)) {
    require(sk_X509_push(beside.get(), other.parts().handle.get()) > 0);
  }
  require(X509_STORE_CTX_init(context.get(), store.get(), chain[0].parts().handle.get(), beside.get()) == 1);
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_time(rules, static_cast<time_t>(now.time_since_epoch().count()));
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  bool named = true;
  for (const std::string& name : names) {
    named = named && X509_VERIFY_PARAM_add1_host(rules, name.c_str(), name.size()) == 1;
  }
  const bool good = named && X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  return good ? ChainFault::none : fault_of(error);
}

}  // namespace posthorn::crypto
