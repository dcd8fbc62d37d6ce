// An outgoing connection that blocks, plain or TLS: what commands and scripts run a client session over.
//
//     auto connection = posthorn::io::ClientConnection::open({"imap.example.org", 993});
//     auto facts = (*connection)->upgrade({});                       // implicit TLS, certificate verified
//     posthorn::io::drive(**connection, {}, session, on_event);      // until the session is over
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/session.h"

namespace posthorn::io {

/// Where to connect to.
struct Remote {
  std::string host;  ///< a name, or an IPv4 or IPv6 address in text form
  std::uint16_t port = 0;
};

/// How a server proves who it is.
struct ClientTls {
  bool verify = true;   ///< false: any certificate; for tests and machines one trusts anyway
  std::string name;     ///< the certificate must be for this name; empty: Remote::host
  std::string ca_file;  ///< PEM file of the authorities that count; empty: those of the system
};

struct ConnectLimits {
  Duration connect = std::chrono::seconds(30);    ///< for each address of the host
  Duration handshake = std::chrono::seconds(30);  ///< for a whole TLS handshake
  Duration write = std::chrono::minutes(3);       ///< without an octet that the server takes while there are some
};

/// What one exchange() did.
struct Moved {
  std::size_t written = 0;
  std::optional<std::size_t> read;  ///< octets; 0 at the end of the stream; nullopt: none came
};

/// One connection. One thread at a time uses it; every call may block as long as its limit.
class ClientConnection {
 public:
  /// Tries the addresses of the host one after the other.
  /// @errors not_found (no such host), timed_out, unavailable (refused, no route)
  [[nodiscard]] static Result<std::unique_ptr<ClientConnection>> open(const Remote& remote,
                                                                      const ConnectLimits& limits = {});
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  /// The client's side of a TLS handshake.
  /// @errors misuse (TLS already), not_found or corrupt (ca_file), denied (the certificate is not believed), timed_out,
  /// closed, syntax (no TLS)
  [[nodiscard]] Result<TlsFacts> upgrade(const ClientTls& tls);

  /// Writes what the socket takes, reads what it has, and waits until one of both gets further or `deadline` is there.
  /// @errors closed; timed_out (ConnectLimits::write)
  [[nodiscard]] Result<Moved> exchange(View out, std::span<char> into, std::optional<TimePoint> deadline);

  [[nodiscard]] static TimePoint now();

  struct Parts;
  /// For open(): nobody else has Parts.
  explicit ClientConnection(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

/// Drives a client session until it is over or `on_event(session, event)` wants no more. It answers Wants::again to go
/// on, Wants::upgrade when the session asked for TLS, Wants::close to stop; NeedInput and Closed are not shown to it.
/// @returns true at Closed, false when `on_event` stopped it
/// @errors those of the connection, and syntax with the note of a Violation
template <Session S, class OnEvent>
Result<bool> drive(ClientConnection& connection, const ClientTls& tls, S& session, OnEvent on_event) {
  std::array<char, 64U << 10U> octets;
  const auto exchange = [&](std::span<char> into) -> Result<void> {
    const auto moved = connection.exchange(session.transmit(), into, session.deadline());
    if (!moved) return fail(moved.error());
    session.transmitted(moved->written);
    if (moved->read == 0) session.receive_end();
    if (moved->read) session.receive(View(octets.data(), *moved->read));
    return {};
  };
  const auto flush = [&]() -> Result<void> {
    while (!session.transmit().empty()) {
      if (auto sent = exchange({}); !sent) return sent;
    }
    return {};
  };
  for (;;) {
    auto event = session.next(ClientConnection::now());
    if (std::holds_alternative<NeedInput>(event)) {
      if (auto moved = exchange(octets); !moved) return fail(moved.error());
      continue;
    }
    if (std::holds_alternative<Closed>(event)) {
      (void)flush();  // a last word, QUIT for one; the session is over whether it arrives or not
      return true;
    }
    if (const auto* violation = std::get_if<Violation>(&event)) return fail(peer_error(Code::syntax, violation->note));
    const Wants wants = on_event(session, event);
    if (wants == Wants::again) continue;
    if (auto sent = flush(); !sent) return fail(sent.error());
    if (wants != Wants::upgrade) return false;
    auto facts = connection.upgrade(tls);
    if (!facts) return fail(facts.error());
    session.upgraded(*facts);
  }
}

}  // namespace posthorn::io
