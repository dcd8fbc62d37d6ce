#include "dns/server.h"

#include <array>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

namespace posthorn::testing {

namespace {

constexpr auto kTuple = asio::experimental::as_tuple(asio::use_awaitable);

asio::ip::address loopback() { return asio::ip::address_v4::loopback(); }

}  // namespace

DnsServer::DnsServer(asio::io_context& loop, DnsResponder responder, std::uint16_t port)
    : loop_(loop), responder_(std::move(responder)), udp_(loop), tcp_(loop) {
  bind(port);
  port_ = udp_.local_endpoint().port();
  asio::co_spawn(loop_, serve_udp(), asio::detached);
  asio::co_spawn(loop_, serve_tcp(), asio::detached);
}

// One port for both: a free one for datagrams may be taken for connections, then the next try gets another.
void DnsServer::bind(std::uint16_t port) {
  for (int tries = 0;; ++tries) {
    udp_ = asio::ip::udp::socket(loop_, asio::ip::udp::endpoint(loopback(), port));
    tcp_ = asio::ip::tcp::acceptor(loop_, asio::ip::tcp::v4());
    tcp_.set_option(asio::socket_base::reuse_address(true));
    asio::error_code error;
    tcp_.bind(asio::ip::tcp::endpoint(loopback(), udp_.local_endpoint().port()), error);
    if (!error) break;
    if (port != 0 || tries == 20) throw std::system_error(error);
  }
  tcp_.listen();
}

asio::awaitable<void> DnsServer::serve_udp() {
  std::array<char, dns::wire::MessageLimits::kOctets> query;
  for (;;) {
    asio::ip::udp::endpoint from;
    const auto [error, octets] = co_await udp_.async_receive_from(asio::buffer(query), from, kTuple);
    if (error == asio::error::operation_aborted) co_return;
    if (error) continue;
    ++queries_;
    const auto answer = responder_.answer(View(query.data(), octets), Transport::udp);
    if (answer) co_await udp_.async_send_to(asio::buffer(*answer), from, kTuple);
  }
}

asio::awaitable<void> DnsServer::serve_tcp() {
  for (;;) {
    auto [error, socket] = co_await tcp_.async_accept(kTuple);
    if (error) co_return;
    asio::co_spawn(loop_, talk(std::move(socket)), asio::detached);
  }
}

// RFC 1035 section 4.2.2: two octets of length before each message.
asio::awaitable<void> DnsServer::talk(asio::ip::tcp::socket socket) {
  for (;;) {
    std::array<unsigned char, 2> length;
    const auto [no_length, two] = co_await asio::async_read(socket, asio::buffer(length), kTuple);
    if (no_length) co_return;
    std::string query(static_cast<std::size_t>(length[0]) << 8U | length[1], '\0');
    const auto [cut, octets] = co_await asio::async_read(socket, asio::buffer(query), kTuple);
    if (cut) co_return;
    ++queries_;
    auto answer = responder_.answer(query, Transport::tcp);
    if (!answer) continue;
    const std::size_t size = answer->size();
    answer->insert(answer->begin(), static_cast<char>(size & 0xFFU));
    answer->insert(answer->begin(), static_cast<char>(size >> 8U));
    const auto [failed, written] = co_await asio::async_write(socket, asio::buffer(*answer), kTuple);
    if (failed) co_return;
  }
}

LoopbackDns::LoopbackDns(View text)
    : server_(loop_, DnsResponder::parse(text).value_or(DnsResponder())), thread_([this] { loop_.run(); }) {}

LoopbackDns::~LoopbackDns() {
  loop_.stop();
  thread_.join();
}

}  // namespace posthorn::testing
