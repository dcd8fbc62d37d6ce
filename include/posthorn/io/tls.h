// TLS for servers: certificates by SNI, ALPN, reload while sessions run. The library behind it does not show.
//
// TLS 1.2 with forward secrecy and AEAD, and TLS 1.3; no renegotiation, no compression, no session cache. Sessions
// resume by tickets whose keys belong to one TlsServer, so a ticket of one service opens no other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"

namespace posthorn::io {

/// A certificate chain and its key, PEM files.
struct Certificate {
  std::string certificate_file;    ///< the server's certificate first, then the intermediate ones
  std::string key_file;            ///< not protected by a password
  std::vector<std::string> names;  ///< host names it is for, "*.example.org" for one label; empty: those it holds
};

struct TlsSettings {
  std::vector<Certificate> certificates;  ///< the first is for clients that name no host, or an unknown one
  /// Protocols of ALPN (RFC 7301). A client that offers only others is refused: it was sent to the wrong service
  /// (features: cross-protocol attacks). A client that offers none is served.
  std::vector<std::string> alpn;
  std::string service;  ///< "imap": part of the ticket's identity
  /// PEM file of the authorities whose client certificates are believed; empty: none is asked for. A client may come
  /// without one; one that cannot be verified ends the handshake.
  std::string client_authorities;
  bool channel_binding = true;  ///< false: TlsFacts::exporter stays empty, so no -PLUS mechanism is offered
};

/// What accepts TLS connections. Safe to use from many threads.
class TlsServer {
 public:
  /// Reads all files. @errors not_found and denied (a file), corrupt (no certificate, no key, a key of another
  /// certificate); the note names the file
  [[nodiscard]] static Result<std::unique_ptr<TlsServer>> load(TlsSettings settings);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /// Reads the files again: new connections use the new certificates, running ones go on as they are. When one file is
  /// bad nothing changes.
  Result<void> reload();

  /// The certificates of this moment, for a Stream; keeps them alive.
  class Snapshot;
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const;

  struct State;
  /// For load(): nobody else has a State.
  explicit TlsServer(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace posthorn::io
