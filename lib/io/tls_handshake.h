// One handshake on the client's side: judges the certificates of the server while it runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <openssl/ssl.h>

#include "posthorn/io/tls_client.h"

#include "io/tls_session.h"

namespace posthorn::io {

/// What connections with the same files share.
class TlsClient::Snapshot {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const Snapshot>> load(const tls::Demand& demand);
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, FreeTls> context_;
};

/// @lifetime the socket outlives it
class TlsHandshake {
 public:
  /// @errors those of TlsClient::snapshot(), misuse (a name that no certificate can have)
  [[nodiscard]] static Result<std::unique_ptr<TlsHandshake>> begin(const TlsClient& client, tls::Demand demand,
                                                                   int socket);
  /// For begin().
  explicit TlsHandshake(tls::Demand demand) : demand_(std::move(demand)) {}
  ~TlsHandshake();
  TlsHandshake(const TlsHandshake&) = delete;
  TlsHandshake& operator=(const TlsHandshake&) = delete;

  [[nodiscard]] TlsSession& session() { return *session_; }
  /// After Step::done: what was achieved; the session goes to `session`.
  [[nodiscard]] TlsAchieved finish(std::unique_ptr<TlsSession>& session);
  /// After a failure: `error` is what the connection says of it.
  [[nodiscard]] TlsRefused refused(Error error) const;

  /// For the TLS library: whether the handshake may go on with the certificates in `context`.
  bool accept(X509_STORE_CTX* context);

 private:
  std::optional<tls::Failure> judge(X509_STORE_CTX* context);
  std::optional<tls::Failure> judge_authority(X509_STORE_CTX* context);
  std::optional<tls::Failure> judge_dane(X509_STORE_CTX* context);
  std::optional<tls::Failure> judge_fingerprint(X509_STORE_CTX* context);

  tls::Demand demand_;
  std::unique_ptr<TlsSession> session_;
  SSL* ssl_ = nullptr;  // of the session
  tls::Proof proof_ = tls::Proof::none;
  std::optional<tls::Failure> failure_;
  std::string note_;
};

/// A refusal that the other side is not to blame for.
[[nodiscard]] inline TlsRefused refusal(Error error) { return {std::nullopt, std::move(error)}; }

}  // namespace posthorn::io
