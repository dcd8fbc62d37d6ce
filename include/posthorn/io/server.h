// A server: listeners, threads, and a Conversation for each connection. What an embedding program starts with.
//
//     posthorn::io::Server server;
//     posthorn::io::ListenerOptions where;
//     where.port = 2525;
//     server.listen(where, [&](const posthorn::io::Peer& peer) { return make_my_conversation(peer.address); });
//     server.start();
//     ...
//     server.stop(std::chrono::seconds(10));
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/io/tls.h"
#include "posthorn/io/worker.h"
#include "posthorn/protocol/session.h"

namespace posthorn::io {

enum class ListenerTls : std::uint8_t {
  implicit,  ///< the handshake comes first (RFC 8314)
  starttls,  ///< the conversation asks for it
  none,
};

struct ListenerOptions {
  /// An IPv4 or IPv6 address in text form; "*": all of both families. "::" is IPv6 only.
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: the system chooses, listen() tells which
  ListenerTls tls = ListenerTls::none;
  const TlsServer* certificates = nullptr;  ///< for implicit and starttls. @lifetime outlives the Server
  int backlog = 1024;
  std::size_t max_connections = 20'000;  ///< at the same time; more are closed at once
  /// The same from one source: an IPv4 address, or the 64-bit prefix of an IPv6 address.
  std::size_t max_per_source = 200;
  Duration handshake_limit = std::chrono::seconds(30);  ///< StreamLimits::handshake
  Duration write_limit = std::chrono::minutes(3);       ///< StreamLimits::write
  /// Proxies: whoever connects from here must say first, before a TLS handshake too, for whom it talks (PROXY protocol
  /// 1 or 2), and is cut when it does not. The Peer is then the client that it names, and max_per_source counts that
  /// client. All others are clients themselves, and a PROXY header of theirs is not believed.
  std::vector<IpNetwork> proxy_from;
  Duration proxy_limit = std::chrono::seconds(5);  ///< for the whole PROXY header
};

/// The other side of a connection.
struct Peer {
  std::string address;
  std::uint16_t port = 0;
};

/// Makes what talks to one peer; null closes the connection. Called on a thread of the server: must not block.
using Factory = std::function<std::unique_ptr<Conversation>(const Peer& peer)>;

/// What an operator may want to know of connections.
enum class Notice : std::uint8_t {
  too_many,          ///< ListenerOptions::max_connections
  too_many_of_peer,  ///< ListenerOptions::max_per_source
  no_sockets,        ///< the process has no descriptors left: accepting pauses
  no_handshake,      ///< TLS failed
  no_proxy_header,   ///< a peer of ListenerOptions::proxy_from did not send a header that can be read
  too_slow,          ///< a peer did not read
  defect,            ///< a conversation threw or span; its connection was cut
};
/// @param peer    empty where no connection is meant
/// @param detail  may hold octets that the peer chose
using Notify = std::function<void(Notice what, View peer, View detail)>;

struct ServerOptions {
  std::size_t threads = 0;  ///< for sockets and TLS; 0: one for each processor, at most 8
  WorkerOptions worker;
  Notify notify;  ///< called on any thread of the server
};

class Server {
 public:
  explicit Server(ServerOptions options = {});
  /// Stops without grace.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds at once, so that privileges can be dropped after it; accepts from start() on.
  /// @returns the port
  /// @errors syntax (no address), exists (in use), denied, unavailable, misuse (TLS without certificates, or running)
  Result<std::uint16_t> listen(const ListenerOptions& options, Factory factory);

  /// Starts the threads. Not before the process has forked and dropped its privileges.
  void start();
  /// Stops accepting, lets every conversation say goodbye, cuts what is still there after `grace`, ends the threads.
  /// Not from a thread of the server.
  void stop(Duration grace);
  /// Blocks until another thread has called stop().
  void wait();

  /// Connections that exist now.
  [[nodiscard]] std::size_t connections() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace posthorn::io
