// A DNS server on a loopback port, UDP and TCP, that says what a DnsResponder says.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>

#include "posthorn/testing/dns_responder.h"

namespace posthorn::testing {

/// Serves as long as it lives and its loop runs. The loop's thread alone may call it, but for port() and queries().
class DnsServer {
 public:
  /// @param port  0: any free one. Throws std::system_error when there is none.
  DnsServer(asio::io_context& loop, DnsResponder responder, std::uint16_t port = 0);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t queries() const { return queries_; }
  void replace(DnsResponder responder) { responder_ = std::move(responder); }

 private:
  void bind(std::uint16_t port);
  asio::awaitable<void> serve_udp();
  asio::awaitable<void> serve_tcp();
  asio::awaitable<void> talk(asio::ip::tcp::socket socket);

  asio::io_context& loop_;
  DnsResponder responder_;
  asio::ip::udp::socket udp_;
  asio::ip::tcp::acceptor tcp_;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> queries_ = 0;
};

/// A DnsServer with a thread of its own.
class LoopbackDns {
 public:
  /// @param text  as DnsResponder::parse reads it; wrong text serves nothing
  explicit LoopbackDns(View text);
  ~LoopbackDns();
  LoopbackDns(const LoopbackDns&) = delete;
  LoopbackDns& operator=(const LoopbackDns&) = delete;
  /// As libunbound writes it: "127.0.0.1@5353".
  [[nodiscard]] std::string address() const { return "127.0.0.1@" + std::to_string(server_.port()); }
  [[nodiscard]] std::size_t queries() const { return server_.queries(); }

 private:
  asio::io_context loop_{1};
  DnsServer server_;
  std::thread thread_;
};

}  // namespace posthorn::testing
