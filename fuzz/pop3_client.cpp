// pop3::ClientSession against any server: any split is heard the same, and the buffer stays within its limits.
#include <cstddef>
#include <string>
#include <variant>

#include "posthorn/protocol/pop3/client_session.h"
#include "posthorn/testing/fakes.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

struct Ear {
  std::string heard;
  pop3::ClientSession& client;
  bool done = false;
  void operator()(NeedInput&) {}
  void operator()(pop3::Reply& reply) { heard += own(reply.code) + "|" + own(reply.text) + "\n"; }
  void operator()(pop3::Item& item) {
    (void)pop3::parse_numbered(item.line);
    heard += own(item.line) + "\n";
  }
  void operator()(pop3::Content& content) { heard += content.chunk; }
  void operator()(pop3::End&) { heard += "<end>"; }
  void operator()(pop3::Challenge& challenge) {
    heard += challenge.octets;
    client.respond("answer");
  }
  void operator()(pop3::StartTls&) { done = true; }
  void operator()(Violation&) { done = true; }
  void operator()(Closed&) { done = true; }
};

std::string heard(View input, std::size_t chunk, bool pipelining) {
  testing::FakeClock clock;
  pop3::ClientSession client(clock.now());
  client.pipeline(pipelining);
  client.capa();
  (void)client.auth("PLAIN", std::nullopt);
  client.stat();
  client.uidl();
  client.retr(1);
  client.list();
  client.retr(2);
  client.stls();
  Ear ear{{}, client};
  for (std::size_t at = 0; at < input.size() && !ear.done; at += chunk) {
    client.receive(input.substr(at, chunk));
    for (std::size_t steps = 0; !ear.done; ++steps) {
      fuzzing::check(steps < 10'000'000, "a bounded input has a bounded answer");
      auto event = client.next(clock.now());
      std::visit([&](auto& e) { ear(e); }, event);
      client.transmitted(client.transmit().size());
      if (std::holds_alternative<NeedInput>(event)) break;
    }
  }
  return ear.heard;
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.empty()) return;
  if (input.size() > 20'000) input = input.substr(0, 20'000);
  const bool pipelining = (input[0] & 1) != 0;
  input.remove_prefix(1);
  const std::string whole = heard(input, input.size() + 1, pipelining);
  fuzzing::check(heard(input, 1, pipelining) == whole, "any split is heard the same");
  fuzzing::check(heard(input, 7, pipelining) == whole, "any split is heard the same");
}
