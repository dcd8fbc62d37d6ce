#include "posthorn/io/tls.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "io/tls_files.h"
#include "io/tls_session.h"

namespace posthorn::io {
namespace {

// Asks for certificates of clients; without one the handshake goes on.
Result<void> ask_clients(SSL_CTX* context, const std::string& file) {
  if (file.empty()) return {};
  const Result<std::string> text = read_pem(file);
  if (!text) return fail(text.error());
  const Owned<BIO> pem(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  bool any = false;
  for (;;) {
    const Owned<X509> authority(PEM_read_bio_X509(pem.get(), nullptr, no_password, nullptr));
    if (!authority) break;
    const bool used = X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) == 1 &&
                      SSL_CTX_add_client_CA(context, authority.get()) == 1;
    if (!used) return fail(broken(file, "holds an authority that cannot be used"));
    any = true;
  }
  ERR_clear_error();  // the end of the file counts as one
  if (!any) return fail(broken(file, "holds no PEM certificate"));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

// The DNS names of the subjectAltName (RFC 6125: the common name counts no more).
std::vector<std::string> names_in(SSL_CTX* context) {
  std::vector<std::string> found;
  X509* certificate = SSL_CTX_get0_certificate(context);
  const Owned<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return found;
  const auto count = sk_GENERAL_NAME_num(names.get());
  for (std::remove_const_t<decltype(count)> i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const unsigned char* octets = ASN1_STRING_get0_data(name->d.dNSName);
    found.emplace_back(octets, octets + ASN1_STRING_length(name->d.dNSName));
  }
  return found;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(View a, View b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool covers(View pattern, View host) {
  if (!pattern.starts_with("*.")) return same_name(pattern, host);
  const std::size_t dot = host.find('.');
  return dot != View::npos && dot > 0 && same_name(pattern.substr(1), host.substr(dot));
}

int choose_certificate(SSL* ssl, int*, void* snapshot) {
  const char* host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (host != nullptr) SSL_set_SSL_CTX(ssl, static_cast<const TlsServer::Snapshot*>(snapshot)->find(host));
  return SSL_TLSEXT_ERR_OK;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_octets, const unsigned char* offered,
                    unsigned int offered_octets, void* snapshot) {
  const View known = static_cast<const TlsServer::Snapshot*>(snapshot)->alpn();
  if (known.empty()) return SSL_TLSEXT_ERR_NOACK;
  for (std::size_t at = 0; at < known.size(); at += static_cast<unsigned char>(known[at]) + 1U) {
    const unsigned char octets = static_cast<unsigned char>(known[at]);
    for (unsigned int i = 0; i < offered_octets; i += offered[i] + 1U) {
      if (offered[i] != octets || i + 1U + octets > offered_octets) continue;
      if (std::memcmp(offered + i + 1, known.data() + at + 1, octets) != 0) continue;
      *out = offered + i + 1;
      *out_octets = octets;
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::unique_ptr<SSL_CTX, FreeTls> make_context(View service, void* snapshot) {
  std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_server_method()));
  if (!context) return nullptr;
  SSL_CTX* c = context.get();
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(c, kCiphers);
  SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
  SSL_CTX_set_options(c, SSL_OP_IGNORE_UNEXPECTED_EOF);  // a mail protocol has an end of its own
#endif
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(c, 1);
  const View identity = service.substr(0, SSL_MAX_SID_CTX_LENGTH);
  SSL_CTX_set_session_id_context(c, reinterpret_cast<const unsigned char*>(identity.data()),
                                 static_cast<unsigned int>(identity.size()));
  // After the switch to another context ALPN is asked there: set on every one.
  SSL_CTX_set_alpn_select_cb(c, choose_protocol, snapshot);
  SSL_CTX_set_tlsext_servername_callback(c, choose_certificate);
  SSL_CTX_set_tlsext_servername_arg(c, snapshot);
  return context;
}

}  // namespace

Result<void> TlsServer::Snapshot::add(const Certificate& certificate, const TlsSettings& settings) {
  Entry entry;
  entry.context = make_context(settings.service, this);
  if (!entry.context) return fail(environment_error(Code::unavailable, "no TLS context"));
  Result<void> used = use_chain(entry.context.get(), certificate.certificate_file);
  if (used) used = use_key(entry.context.get(), certificate.key_file, certificate.certificate_file);
  if (used) used = ask_clients(entry.context.get(), settings.client_authorities);
  if (!used) return used;
  entry.names = certificate.names.empty() ? names_in(entry.context.get()) : certificate.names;
  entries_.push_back(std::move(entry));
  return {};
}

Result<std::shared_ptr<const TlsServer::Snapshot>> TlsServer::Snapshot::load(const TlsSettings& settings) {
  if (settings.certificates.empty()) return fail(caller_error(Code::misuse, "TLS without a certificate"));
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->channel_binding_ = settings.channel_binding;
  for (const std::string& protocol : settings.alpn) {
    if (protocol.empty() || protocol.size() > 255) return fail(caller_error(Code::misuse, "name of an ALPN protocol"));
    snapshot->alpn_.push_back(static_cast<char>(protocol.size()));
    snapshot->alpn_ += protocol;
  }
  for (const Certificate& certificate : settings.certificates) {
    const Result<void> added = snapshot->add(certificate, settings);
    if (!added) return fail(added.error());
  }
  return snapshot;
}

SSL_CTX* TlsServer::Snapshot::find(View host) const {
  for (const bool wildcard : {false, true})
    for (const Entry& entry : entries_)
      for (const std::string& name : entry.names)
        if (name.starts_with('*') == wildcard && covers(name, host)) return entry.context.get();
  return first();
}

struct TlsServer::State {
  TlsSettings settings;
  std::mutex mutex;
  std::shared_ptr<const Snapshot> snapshot;
};

TlsServer::TlsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsServer::~TlsServer() = default;

Result<std::unique_ptr<TlsServer>> TlsServer::load(TlsSettings settings) {
  auto state = std::make_unique<State>();
  state->settings = std::move(settings);
  auto server = std::make_unique<TlsServer>(std::move(state));
  const Result<void> loaded = server->reload();
  if (!loaded) return fail(loaded.error());
  return server;
}

Result<void> TlsServer::reload() {
  Result<std::shared_ptr<const Snapshot>> fresh = Snapshot::load(state_->settings);
  if (!fresh) return fail(fresh.error());
  const std::lock_guard lock(state_->mutex);
  state_->snapshot = std::move(*fresh);
  return {};
}

std::shared_ptr<const TlsServer::Snapshot> TlsServer::snapshot() const {
  const std::lock_guard lock(state_->mutex);
  return state_->snapshot;
}

}  // namespace posthorn::io
