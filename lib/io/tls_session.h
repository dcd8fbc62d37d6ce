// One TLS connection directly on a non-blocking socket, and the certificates it was accepted with.
//
// No buffers of its own: octets are read when the socket has them, into memory that the caller shares between all
// connections of a thread. This is what keeps an idle connection small.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/io/tls.h"
#include "posthorn/protocol/session.h"

namespace posthorn::io {

struct FreeTls {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

/// The certificates that were in the files at one moment.
class TlsServer::Snapshot {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const Snapshot>> load(const TlsSettings& settings);

  /// The context for a host name of the client.
  [[nodiscard]] SSL_CTX* find(View host) const;
  [[nodiscard]] SSL_CTX* first() const { return entries_.front().context.get(); }
  /// The protocols of ALPN as the callback wants them: each with its length in front.
  [[nodiscard]] View alpn() const { return alpn_; }
  [[nodiscard]] bool channel_binding() const { return channel_binding_; }

 private:
  struct Entry {
    std::vector<std::string> names;
    std::unique_ptr<SSL_CTX, FreeTls> context;
  };
  Result<void> add(const Certificate& certificate, const TlsSettings& settings);

  std::vector<Entry> entries_;
  std::string alpn_;
  bool channel_binding_ = true;
};

/// What one step on the socket came to.
enum class Step : std::uint8_t { done, want_read, want_write, end, failed };

struct Progress {
  Step step = Step::failed;
  std::size_t octets = 0;
};

/// One side of one connection. @lifetime the socket outlives it
class TlsSession {
 public:
  /// @errors unavailable (no memory)
  [[nodiscard]] static Result<std::unique_ptr<TlsSession>> accept(std::shared_ptr<const TlsServer::Snapshot> snapshot,
                                                                  int socket);

  /// The client's side; `ssl` knows what to verify. @errors unavailable (no memory)
  [[nodiscard]] static Result<std::unique_ptr<TlsSession>> connect(std::unique_ptr<SSL, FreeTls> ssl, int socket);

  /// For accept() and connect(), which has no snapshot.
  TlsSession(std::shared_ptr<const TlsServer::Snapshot> snapshot, std::unique_ptr<SSL, FreeTls> ssl)
      : snapshot_(std::move(snapshot)), ssl_(std::move(ssl)) {}

  [[nodiscard]] Progress handshake();
  [[nodiscard]] Progress read(std::span<char> into);
  /// May be called again with more octets behind the same first ones after want_read or want_write.
  [[nodiscard]] Progress write(View octets);
  /// Sends close_notify; does not wait for that of the peer.
  [[nodiscard]] Progress close();
  /// Octets that are decrypted already: the socket will not become readable for them.
  [[nodiscard]] bool pending() const { return SSL_pending(ssl_.get()) > 0; }
  [[nodiscard]] TlsFacts facts() const;
  /// Why the last step failed, for the operator.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  Progress judge(int returned);

  std::shared_ptr<const TlsServer::Snapshot> snapshot_;
  std::unique_ptr<SSL, FreeTls> ssl_;
  std::string why_;
};

}  // namespace posthorn::io
