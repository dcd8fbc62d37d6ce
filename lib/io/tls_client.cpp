#include "posthorn/io/tls_client.h"

#include <chrono>
#include <map>
#include <mutex>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "posthorn/bytes/crypto/certificate.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/protocol/dane/dane.h"

#include "io/tls_files.h"
#include "io/tls_handshake.h"

namespace posthorn::io {

namespace {

/// Where an SSL keeps the handshake that judges it.
int handshake_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int judge_certificates(X509_STORE_CTX* context, void*) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* handshake = ssl == nullptr ? nullptr : static_cast<TlsHandshake*>(SSL_get_ex_data(ssl, handshake_index()));
  return handshake != nullptr && handshake->accept(context) ? 1 : 0;
}

Result<void> load_authorities(SSL_CTX* context, const std::string& file) {
  const int loaded = file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                  : SSL_CTX_load_verify_locations(context, file.c_str(), nullptr);
  ERR_clear_error();
  if (loaded == 1) return {};
  return fail(environment_error(Code::not_found, "no certificates of authorities in " + file));
}

bool is_address(const std::string& name) {
  in6_addr ignored{};
  return inet_pton(AF_INET, name.c_str(), &ignored) == 1 || inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

Result<void> demand_names(SSL* ssl, const std::vector<std::string>& names) {
  if (names.empty()) return fail(caller_error(Code::misuse, "no name that the certificate must have"));
  X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  for (const std::string& name : names) {
    const int set = is_address(name) ? X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str())
                                     : X509_VERIFY_PARAM_add1_host(rules, name.c_str(), name.size());
    ERR_clear_error();
    if (set != 1 || name.empty())
      return fail(caller_error(Code::misuse, "'" + name + "' is no name that a certificate can have"));
  }
  return {};
}

Result<crypto::Certificate> read_certificate(X509* certificate) {
  unsigned char* der = nullptr;
  const int octets = i2d_X509(certificate, &der);
  if (octets <= 0) return fail(peer_error(Code::syntax, "certificate"));
  auto read = crypto::Certificate::read(View(reinterpret_cast<const char*>(der), static_cast<std::size_t>(octets)));
  OPENSSL_free(der);
  return read;
}

/// The server's certificate, then what it sent beside it.
std::vector<crypto::Certificate> chain_of(X509_STORE_CTX* context) {
  std::vector<crypto::Certificate> chain;
  X509* const first = X509_STORE_CTX_get0_cert(context);
  if (first == nullptr) return chain;
  auto read = read_certificate(first);
  if (!read) return chain;
  chain.push_back(std::move(*read));
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(context);
  const auto count = sent == nullptr ? 0 : sk_X509_num(sent);
  for (std::remove_const_t<decltype(count)> i = 0; i < count; ++i) {
    auto other = read_certificate(sk_X509_value(sent, i));
    if (other && other->der() != chain.front().der()) chain.push_back(std::move(*other));
  }
  return chain;
}

tls::Failure failure_of(int error) {
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return tls::Failure::certificate_host_mismatch;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return tls::Failure::certificate_expired;
    default: return tls::Failure::certificate_not_trusted;
  }
}

}  // namespace

Result<std::shared_ptr<const TlsClient::Snapshot>> TlsClient::Snapshot::load(const tls::Demand& demand) {
  auto made = std::make_shared<Snapshot>();
  made->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const c = made->context_.get();
  if (c == nullptr) return fail(environment_error(Code::unavailable, "no memory for TLS"));
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
  SSL_CTX_set_options(c, SSL_OP_IGNORE_UNEXPECTED_EOF);  // a mail protocol has an end of its own
#endif
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(c, judge_certificates, nullptr);
  Result<void> done;
  if (demand.level == tls::Level::authority) done = load_authorities(c, demand.ca_file);
  if (done && !demand.certificate_file.empty()) done = use_chain(c, demand.certificate_file);
  if (done && !demand.certificate_file.empty()) done = use_key(c, demand.key_file, demand.certificate_file);
  if (!done) return fail(done.error());
  return made;
}

struct TlsClient::State {
  using Files = std::tuple<bool, std::string, std::string, std::string>;
  std::mutex mutex;
  std::map<Files, std::shared_ptr<const Snapshot>> contexts;
};

TlsClient::TlsClient() : state_(std::make_unique<State>()) {}
TlsClient::~TlsClient() = default;

void TlsClient::reload() {
  const std::lock_guard lock(state_->mutex);
  state_->contexts.clear();
}

Result<std::shared_ptr<const TlsClient::Snapshot>> TlsClient::snapshot(const tls::Demand& demand) const {
  const bool trusts = demand.level == tls::Level::authority;
  State::Files files(trusts, trusts ? demand.ca_file : "", demand.certificate_file, demand.key_file);
  const std::lock_guard lock(state_->mutex);
  const auto known = state_->contexts.find(files);
  if (known != state_->contexts.end()) return known->second;
  auto fresh = Snapshot::load(demand);
  if (fresh) state_->contexts.emplace(std::move(files), *fresh);
  return fresh;
}

Result<std::unique_ptr<TlsHandshake>> TlsHandshake::begin(const TlsClient& client, tls::Demand demand, int socket) {
  auto context = client.snapshot(demand);
  if (!context) return fail(context.error());
  auto made = std::make_unique<TlsHandshake>(std::move(demand));
  std::unique_ptr<SSL, FreeTls> ssl(SSL_new((*context)->get()));
  if (!ssl || SSL_set_ex_data(ssl.get(), handshake_index(), made.get()) != 1)
    return fail(environment_error(Code::unavailable, "no memory for TLS"));
  const std::string& name = made->demand_.server_name;
  if (!name.empty() && !is_address(name) && SSL_set_tlsext_host_name(ssl.get(), name.c_str()) != 1) {
    ERR_clear_error();
    return fail(caller_error(Code::misuse, "'" + name + "' is no name that a certificate can have"));
  }
  if (made->demand_.level == tls::Level::authority) {
    auto named = demand_names(ssl.get(), made->demand_.names);
    if (!named) return fail(named.error());
  }
  made->ssl_ = ssl.get();
  auto session = TlsSession::connect(std::move(ssl), socket);
  if (!session) return fail(session.error());
  made->session_ = std::move(*session);
  return made;
}

TlsHandshake::~TlsHandshake() {
  if (session_) SSL_set_ex_data(ssl_, handshake_index(), nullptr);
}

bool TlsHandshake::accept(X509_STORE_CTX* context) {
  failure_ = judge(context);
  // TlsFacts name the other side only when the library notes no error: that has to mean a proof.
  if (proof_ != tls::Proof::none) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
  } else if (X509_STORE_CTX_get_error(context) == X509_V_OK) {
    X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
  }
  return !failure_ || demand_.tolerant;
}

std::optional<tls::Failure> TlsHandshake::judge(X509_STORE_CTX* context) {
  switch (demand_.level) {
    case tls::Level::none:
    case tls::Level::opportunistic:
    case tls::Level::encrypted: return std::nullopt;
    case tls::Level::authority: return judge_authority(context);
    case tls::Level::dane: return judge_dane(context);
    case tls::Level::fingerprint: return judge_fingerprint(context);
  }
  return tls::Failure::validation_failure;
}

std::optional<tls::Failure> TlsHandshake::judge_authority(X509_STORE_CTX* context) {
  const bool good = X509_verify_cert(context) == 1;
  const int error = X509_STORE_CTX_get_error(context);
  ERR_clear_error();
  if (good) {
    proof_ = tls::Proof::authority;
    return std::nullopt;
  }
  note_ = X509_verify_cert_error_string(error);
  return failure_of(error);
}

std::optional<tls::Failure> TlsHandshake::judge_dane(X509_STORE_CTX* context) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const dane::Verdict verdict = dane::judge(demand_.tlsa, chain_of(context), demand_.names, now);
  if (verdict == dane::Verdict::certificate) proof_ = tls::Proof::dane_certificate;
  if (verdict == dane::Verdict::authority) proof_ = tls::Proof::dane_authority;
  const auto failure = dane::failure_of(verdict);
  if (failure) note_ = "TLSA: " + own(tls::word_of(*failure));
  return failure;
}

std::optional<tls::Failure> TlsHandshake::judge_fingerprint(X509_STORE_CTX* context) {
  const std::vector<crypto::Certificate> chain = chain_of(context);
  for (const std::string& fingerprint : demand_.fingerprints) {
    if (chain.empty()) break;
    const crypto::Certificate& own_one = chain.front();
    if (fingerprint != crypto::sha256(own_one.der()) && fingerprint != crypto::sha256(own_one.public_key_info()))
      continue;
    proof_ = tls::Proof::fingerprint;
    return std::nullopt;
  }
  note_ = "the certificate has none of the fingerprints";
  return tls::Failure::certificate_not_trusted;
}

TlsAchieved TlsHandshake::finish(std::unique_ptr<TlsSession>& session) {
  SSL_set_ex_data(ssl_, handshake_index(), nullptr);
  TlsAchieved achieved;
  achieved.facts = session_->facts();
  achieved.proof = proof_;
  achieved.doubt = failure_;
  achieved.note = std::move(note_);
  session = std::move(session_);
  return achieved;
}

TlsRefused TlsHandshake::refused(Error error) const {
  if (failure_ && !demand_.tolerant) return {failure_, peer_error(Code::denied, note_)};
  if (error.code == Code::syntax) return {tls::Failure::validation_failure, std::move(error)};
  return {std::nullopt, std::move(error)};
}

}  // namespace posthorn::io
