#include "io/tls_files.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include <openssl/err.h>

namespace posthorn::io {

Result<std::string> read_pem(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) {
    const int number = errno;
    const Code code = number == EACCES ? Code::denied : Code::not_found;
    return fail(environment_error(code, name + ": " + std::generic_category().message(number)));
  }
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return fail(environment_error(Code::unavailable, name + ": cannot be read"));
  return text;
}

int no_password(char*, int, int, void*) { return 0; }

Error broken(const std::string& file, View what) {
  ERR_clear_error();
  return environment_error(Code::corrupt, file + ": " + own(what));
}

Result<void> use_chain(SSL_CTX* context, const std::string& file) {
  const Result<std::string> text = read_pem(file);
  if (!text) return fail(text.error());
  const Owned<BIO> pem(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  bool any = false;
  for (;;) {
    const Owned<X509> certificate(PEM_read_bio_X509(pem.get(), nullptr, no_password, nullptr));
    if (!certificate) break;
    const auto used =
        any ? SSL_CTX_add1_chain_cert(context, certificate.get()) : SSL_CTX_use_certificate(context, certificate.get());
    if (used != 1) return fail(broken(file, "holds a certificate that cannot be used"));
    any = true;
  }
  ERR_clear_error();  // the end of the file counts as one
  if (!any) return fail(broken(file, "holds no PEM certificate"));
  return {};
}

Result<void> use_key(SSL_CTX* context, const std::string& file, const std::string& certificate_file) {
  Result<std::string> text = read_pem(file);
  if (!text) return fail(text.error());
  const Owned<BIO> pem(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(pem.get(), nullptr, no_password, nullptr));
  OPENSSL_cleanse(text->data(), text->size());
  if (!key) return fail(broken(file, "holds no PEM private key without a password"));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return fail(broken(file, "is not the key of " + certificate_file));
  return {};
}

}  // namespace posthorn::io
