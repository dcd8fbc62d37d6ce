// Sends one message to its recipients through one server: connects, logs in, splits where the server has limits.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/io/client.h"
#include "posthorn/protocol/smtp/client_session.h"

namespace posthorn::servers {

struct SenderOptions {
  io::Remote remote;
  io::ClientTls trust;
  bool implicit_tls = true;     ///< TLS before the greeting; otherwise as session.tls says
  smtp::ClientOptions session;  ///< with the login, if any
  /// Recipients of one transaction; fewer where the server says so (RFC 9422). RFC 5321 section 4.5.3.1.8: each server
  /// takes 100.
  std::size_t recipients = 100;
};

struct SendProgress {
  std::uint64_t octets = 0;    ///< of the content, of this transaction
  std::uint64_t total = 0;     ///< octets of the content
  std::size_t asked = 0;       ///< recipients that the server has answered for
  std::size_t taken = 0;       ///< of those, so many it does not refuse so far
  std::size_t recipients = 0;  ///< all
};

struct SendResult {
  std::vector<std::optional<smtp::Reply>> outcomes;  ///< for each recipient; nullopt: there was no transaction for it
  std::optional<Error> trouble;                      ///< why there was none, or why the connection ended
};

/// Blocks until all is done or nothing more can be.
/// @param message  without recipients beyond what SenderOptions::recipients says, it is one transaction
/// @param text     the content, lines with CRLF
/// @lifetime `text` outlives the call
[[nodiscard]] SendResult send_message(const SenderOptions& options, const smtp::Outgoing& message, View text,
                                      const std::function<void(const SendProgress&)>& progress);

}  // namespace posthorn::servers
