// dns-server FILE [PORT]: serves the records of a zone file on 127.0.0.1, over UDP and TCP.
//
// Says "ready PORT" when it does, reads the file again at SIGHUP (and says "read", or what is wrong and keeps what it
// had), ends at SIGTERM. Lines `$FAULT word [name]` make it a bad server (posthorn/testing/dns_responder.h).
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <system_error>

#include <asio/signal_set.hpp>

#include "dns/server.h"

namespace {

using namespace posthorn;

Result<testing::DnsResponder> read_zone(const char* file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(environment_error(Code::unavailable, "cannot be read"));
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return testing::DnsResponder::parse(text);
}

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

int serve(const char* file, std::uint16_t port) {
  auto responder = read_zone(file);
  if (!responder) {
    std::fprintf(stderr, "dns-server: %s: %s\n", file, responder.error().note.c_str());
    return 1;
  }
  asio::io_context loop(1);
  testing::DnsServer server(loop, std::move(*responder), port);
  asio::signal_set signals(loop, SIGHUP, SIGTERM, SIGINT);
  const std::function<void()> wait = [&] {
    signals.async_wait([&](const asio::error_code& error, int number) {
      if (error || number != SIGHUP) return loop.stop();
      auto again = read_zone(file);
      say(again ? "read" : again.error().note);
      if (again) server.replace(std::move(*again));
      wait();
    });
  };
  wait();
  say("ready " + std::to_string(server.port()));
  loop.run();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  std::uint16_t port = 0;
  const char* const digits = count == 3 ? arguments[2] : "0";
  const auto [end, error] = std::from_chars(digits, digits + std::strlen(digits), port);
  if (count < 2 || count > 3 || error != std::errc() || *end != '\0') {
    std::fputs("usage: dns-server FILE [PORT]\n", stderr);
    return 2;
  }
  try {
    return serve(arguments[1], port);
  } catch (const std::system_error& problem) {
    std::fprintf(stderr, "dns-server: %s\n", problem.what());
    return 1;
  }
}
