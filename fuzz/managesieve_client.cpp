// managesieve::ClientSession against any server: any split is heard the same, and what is heard is within the limits.
#include <cstddef>
#include <string>
#include <variant>

#include "posthorn/protocol/managesieve/client_session.h"
#include "posthorn/testing/fakes.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

constexpr std::uint64_t kScript = 2000;

struct Ear {
  std::string heard;
  bool done = false;
  void operator()(NeedInput&) {}
  void operator()(managesieve::Capability& c) { heard += own(c.name) + "=" + own(c.value) + "\n"; }
  void operator()(managesieve::Listed& l) { heard += own(l.name) + (l.active ? "!\n" : "\n"); }
  void operator()(managesieve::Script& s) {
    fuzzing::check(s.octets.size() <= kScript, "a script is within its limit");
    heard += s.octets;
  }
  void operator()(managesieve::Heard& h) { heard += own(h.code) + "|" + own(h.argument) + "|" + own(h.text) + "\n"; }
  void operator()(managesieve::StartTls&) { done = true; }
  void operator()(Violation&) { done = true; }
  void operator()(Closed&) { done = true; }
};

std::string heard(View input, std::size_t chunk) {
  testing::FakeClock clock;
  testing::SeededRandom random(1);
  managesieve::ClientSession client(clock.now(), {.line = 2000, .script = kScript, .items = 100});
  for (const View mechanism : {"LOGIN", "SCRAM-SHA-256", "PLAIN"}) {
    (void)client.authenticate(*sasl::find_mechanism(mechanism),
                              {.login = "ann", .password = Secret(View("x")), .random = &random});
  }
  client.capability();
  client.list();
  client.get("a");
  client.put("a", "keep;");
  client.noop("tag");
  client.get("b");
  client.starttls();
  Ear ear;
  std::string said;
  for (std::size_t at = 0; at < input.size() && !ear.done; at += chunk) {
    client.receive(input.substr(at, chunk));
    for (std::size_t steps = 0; !ear.done; ++steps) {
      fuzzing::check(steps < 100'000, "a bounded input has a bounded answer");
      auto event = client.next(clock.now());
      std::visit([&](auto& e) { ear(e); }, event);
      said += client.transmit();
      client.transmitted(client.transmit().size());
      if (std::holds_alternative<NeedInput>(event)) break;
    }
  }
  return ear.heard + said;
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.size() > 20'000) input = input.substr(0, 20'000);
  const std::string whole = heard(input, input.size() + 1);
  fuzzing::check(heard(input, 1) == whole, "any split is heard the same");
  fuzzing::check(heard(input, 7) == whole, "any split is heard the same");
}
