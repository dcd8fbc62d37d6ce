#include "posthorn/io/caller.h"

#include <future>

#include <doctest/doctest.h>

#include "posthorn/io/conversation.h"
#include "posthorn/io/server.h"
#include "posthorn/protocol/smtp/client_session.h"
#include "posthorn/protocol/smtp/server_session.h"

namespace posthorn {
namespace {

using namespace std::chrono_literals;

/// Greets, says hello, and lets go.
std::unique_ptr<Conversation> host() {
  return io::make_conversation(
      smtp::ServerSession(
          {}, TimePoint(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()))),
      [](smtp::ServerSession& session, smtp::Event& event) {
        if (auto* hello = std::get_if<smtp::Hello>(&event))
          session.reply(std::move(hello->ticket), say(smtp::Said::hello));
        return true;
      });
}

/// Quits as soon as it may send; or stays, until somebody stops it.
std::unique_ptr<Conversation> visitor(bool stays) {
  smtp::ClientOptions options;
  options.tls = smtp::TlsPolicy::none;
  const TimePoint now(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
  return io::make_conversation(smtp::ClientSession(options, now),
                               [stays](smtp::ClientSession& session, smtp::ClientEvent& event) {
                                 if (std::holds_alternative<smtp::Ready>(event) && !stays) session.quit();
                                 return true;
                               });
}

io::CallEnd call(io::Caller& caller, std::uint16_t port, bool stays = false) {
  std::promise<io::CallEnd> ended;
  io::Call whom;
  whom.addresses = {*IpAddress::parse("127.0.0.1")};
  whom.port = port;
  whom.connect = 5s;
  caller.call(
      std::move(whom), [stays] { return visitor(stays); },
      [&ended](io::CallEnd end) { ended.set_value(std::move(end)); });
  auto future = ended.get_future();
  if (stays) caller.stop(0s);
  REQUIRE(future.wait_for(20s) == std::future_status::ready);
  return future.get();
}

struct Running {
  io::Server server;
  std::uint16_t port = *server.listen({}, [](const io::Peer&) { return host(); });
  Running() { server.start(); }
};

TEST_CASE("caller: a conversation runs over a connection that we open, and comes back") {
  Running running;
  io::Caller caller;
  const io::CallEnd end = call(caller, running.port);
  CHECK(end.finished);
  CHECK(end.conversation != nullptr);
  CHECK(end.remote == IpAddress::parse("127.0.0.1"));
  CHECK_FALSE(end.failure.has_value());
  CHECK_FALSE(end.achieved.has_value());
}

TEST_CASE("caller: nobody answers") {
  std::uint16_t port = 0;
  {
    Running gone;
    port = gone.port;
  }
  io::Caller caller;
  const io::CallEnd end = call(caller, port);
  CHECK_FALSE(end.remote.has_value());
  CHECK(end.conversation == nullptr);
  REQUIRE(end.failure.has_value());
  CHECK(end.failure->lasting == Lasting::transient);
}

TEST_CASE("caller: it ends what runs when it stops, and takes nothing after that") {
  Running running;
  io::Caller caller;
  static_cast<void>(call(caller, running.port, true));  // it comes back: nobody would let it go otherwise
  const io::CallEnd late = call(caller, running.port);
  REQUIRE(late.failure.has_value());
  CHECK(late.failure->code == Code::closed);
}

TEST_CASE("caller: many calls at the same time all end") {
  Running running;
  std::atomic<int> ended = 0;
  {
    io::Caller caller;
    for (int i = 0; i < 50; ++i) {
      io::Call whom;
      whom.addresses = {*IpAddress::parse("127.0.0.1")};
      whom.port = running.port;
      caller.call(std::move(whom), [] { return visitor(false); }, [&ended](const io::CallEnd&) { ++ended; });
    }
  }
  CHECK(ended == 50);
}

}  // namespace
}  // namespace posthorn
