// A mail server that prints what it gets: print_mail [PORT]
#include <cstdlib>
#include <iostream>

#include "posthorn/io/conversation.h"
#include "posthorn/io/server.h"
#include "posthorn/io/system.h"
#include "posthorn/protocol/smtp/server_session.h"

using namespace posthorn;

int main(int count, char** words) {
  const auto answer = [](smtp::ServerSession& session, smtp::Event& event) {
    std::visit([&](auto& e) {
      if constexpr (requires { e.chunk; }) std::cout << e.chunk << std::flush;
      if constexpr (requires { e.ticket; }) session.reply(std::move(e.ticket), {250, "2.0.0", "Printed"});
    }, event);
    return true;
  };
  io::Server server;
  io::ListenerOptions where;
  where.port = static_cast<std::uint16_t>(count > 1 ? std::atoi(words[1]) : 2525);
  if (!server.listen(where, [&](const io::Peer&) {
        return io::make_conversation(smtp::ServerSession({.host_name = "localhost"}, io::SystemClock().now()), answer);
      })) return 1;
  server.start();
  server.wait();
}
