// The client's side of TLS for connections that mail goes out by: what is demanded, and what came of it.
//
// TLS 1.2 with the library's ciphers (a server that has only old ones is better than plain text), and TLS 1.3; no
// session is resumed, so each connection proves itself.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/protocol/session.h"
#include "posthorn/protocol/tls/demand.h"

namespace posthorn::io {

/// What a handshake achieved.
struct TlsAchieved {
  TlsFacts facts;
  tls::Proof proof = tls::Proof::none;
  std::optional<tls::Failure> doubt;  ///< what was wrong although it was not asked for: Demand::tolerant
  std::string note;                   ///< of the doubt, for the operator
};

/// Why there is no TLS that meets the demand. The connection is of no use any more.
struct TlsRefused {
  /// For the report to the other side; nullopt: it is not to blame (a file of ours, or the connection broke).
  std::optional<tls::Failure> failure;
  /// denied (the certificate is not what is demanded), syntax (no TLS that we accept), timed_out, closed; of our own:
  /// misuse, not_found and corrupt (a file), unavailable
  Error error;
};

using TlsOutcome = std::expected<TlsAchieved, TlsRefused>;

/// Keeps what connections have in common: authorities and own certificates, read once. Safe to use from many threads.
class TlsClient {
 public:
  TlsClient();
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Forgets what was read of files: the next connections read them again. Running ones go on as they are.
  void reload();

  /// What is in the files that a demand names; keeps it alive. Blocks for reading them once.
  /// @errors not_found and denied (a file), corrupt (no certificate or key in it), unavailable
  class Snapshot;
  [[nodiscard]] Result<std::shared_ptr<const Snapshot>> snapshot(const tls::Demand& demand) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace posthorn::io
