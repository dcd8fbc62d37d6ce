#include "io/tls_session.h"

#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace posthorn::io {
namespace {

constexpr View kExporterLabel = "EXPORTER-Channel-Binding";  // RFC 9266 section 2
constexpr std::size_t kExporterOctets = 32;

int socket_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool is_later(int number) { return number == EAGAIN || number == EWOULDBLOCK || number == EINTR; }

int put_octets(BIO* bio, const char* octets, int count) {
  BIO_clear_retry_flags(bio);
  // The library's own socket BIO would raise SIGPIPE.
  const ssize_t put = send(socket_of(bio), octets, static_cast<std::size_t>(count), MSG_NOSIGNAL);
  if (put < 0 && is_later(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(put);
}

int get_octets(BIO* bio, char* into, int count) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = recv(socket_of(bio), into, static_cast<std::size_t>(count), 0);
  if (got < 0 && is_later(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "posthorn socket");
    BIO_meth_set_write(made, put_octets);
    BIO_meth_set_read(made, get_octets);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

std::string last_error() {
  const auto number = ERR_get_error();
  if (number == 0) return {};
  char text[160];
  ERR_error_string_n(number, text, sizeof text);
  ERR_clear_error();
  return text;
}

}  // namespace

namespace {

bool join(SSL* ssl, int socket) {
  BIO* bio = BIO_new(socket_method());
  if (bio == nullptr) return false;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);  // owns it
  return true;
}

}  // namespace

Result<std::unique_ptr<TlsSession>> TlsSession::accept(std::shared_ptr<const TlsServer::Snapshot> snapshot,
                                                       int socket) {
  std::unique_ptr<SSL, FreeTls> ssl(SSL_new(snapshot->first()));
  if (!ssl || !join(ssl.get(), socket)) return fail(environment_error(Code::unavailable, "no memory for TLS"));
  SSL_set_accept_state(ssl.get());
#ifdef OPENSSL_IS_BORINGSSL
  SSL_set_shed_handshake_config(ssl.get(), 1);
#endif
  return std::make_unique<TlsSession>(std::move(snapshot), std::move(ssl));
}

Result<std::unique_ptr<TlsSession>> TlsSession::connect(std::unique_ptr<SSL, FreeTls> ssl, int socket) {
  if (!join(ssl.get(), socket)) return fail(environment_error(Code::unavailable, "no memory for TLS"));
  SSL_set_connect_state(ssl.get());
  return std::make_unique<TlsSession>(nullptr, std::move(ssl));
}

Progress TlsSession::judge(int returned) {
  Progress progress;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_NONE:
      progress.step = Step::done;
      progress.octets = static_cast<std::size_t>(returned);
      break;
    case SSL_ERROR_WANT_READ: progress.step = Step::want_read; break;
    case SSL_ERROR_WANT_WRITE: progress.step = Step::want_write; break;
    case SSL_ERROR_ZERO_RETURN: progress.step = Step::end; break;
    case SSL_ERROR_SYSCALL:
      // The peer closed without close_notify, as many mail clients do: these protocols have an end of their own.
      progress.step = returned == 0 || errno == 0 ? Step::end : Step::failed;
      why_ = std::generic_category().message(errno);
      ERR_clear_error();
      break;
    default:
      progress.step = Step::failed;
      why_ = last_error();
      break;
  }
  return progress;
}

Progress TlsSession::handshake() {
  ERR_clear_error();
  errno = 0;
  return judge(SSL_do_handshake(ssl_.get()));
}

Progress TlsSession::read(std::span<char> into) {
  ERR_clear_error();
  errno = 0;
  return judge(SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size())));
}

Progress TlsSession::write(View octets) {
  ERR_clear_error();
  errno = 0;
  const std::size_t most = static_cast<std::size_t>(std::numeric_limits<int>::max());
  return judge(SSL_write(ssl_.get(), octets.data(), static_cast<int>(std::min(octets.size(), most))));
}

Progress TlsSession::close() {
  ERR_clear_error();
  errno = 0;
  const int returned = SSL_shutdown(ssl_.get());
  if (returned >= 0) {
    Progress sent;
    sent.step = Step::done;
    return sent;
  }
  return judge(returned);
}

namespace {

struct FreePeer {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string text_of(const ASN1_STRING* string) {
  const unsigned char* octets = ASN1_STRING_get0_data(string);
  return {octets, octets + ASN1_STRING_length(string)};
}

/// The addresses of the subjectAltName; only where it has none, those of the subject (RFC 5280 section 4.1.2.6).
std::vector<std::string> addresses_in(X509* certificate) {
  std::vector<std::string> found;
  const std::unique_ptr<GENERAL_NAMES, FreePeer> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  const auto count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names.get());
  for (std::remove_const_t<decltype(count)> i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_EMAIL) found.push_back(text_of(name->d.rfc822Name));
  }
  if (found.empty()) {
    const X509_NAME* subject = X509_get_subject_name(certificate);
    for (int at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, -1); at >= 0;
         at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, at)) {
      found.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
    }
  }
  // A NUL inside would let a name look like another one.
  std::erase_if(found, [](const std::string& address) { return address.find('\0') != std::string::npos; });
  return found;
}

/// Whom the client's certificate names, if it showed one: one that could not be verified ended the handshake.
void take_peer(const SSL* ssl, TlsFacts& facts) {
  const std::unique_ptr<X509, FreePeer> certificate(SSL_get_peer_certificate(ssl));
  if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return;
  char subject[256];
  if (X509_NAME_oneline(X509_get_subject_name(certificate.get()), subject, sizeof subject) != nullptr) {
    facts.peer_subject = subject;
  }
  facts.peer_addresses = addresses_in(certificate.get());
}

}  // namespace

TlsFacts TlsSession::facts() const {
  TlsFacts facts;
  facts.version = SSL_get_version(ssl_.get());
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get()); cipher != nullptr) {
    if (const char* name = SSL_CIPHER_standard_name(cipher); name != nullptr) facts.cipher = name;
  }
  if (const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name); name != nullptr)
    facts.server_name = name;
  take_peer(ssl_.get(), facts);
  // Below TLS 1.3 an absent and an empty context give different octets and peers differ about which one is meant.
  if ((!snapshot_ || snapshot_->channel_binding()) && SSL_version(ssl_.get()) >= TLS1_3_VERSION) {
    std::string octets(kExporterOctets, '\0');
    if (SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(octets.data()), octets.size(),
                                   kExporterLabel.data(), kExporterLabel.size(), nullptr, 0, 0) == 1)
      facts.exporter = std::move(octets);
  }
  return facts;
}

}  // namespace posthorn::io
