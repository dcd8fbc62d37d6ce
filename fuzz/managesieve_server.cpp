// managesieve::ServerSession against any client: any split gives the same answers and events, and buffers stay small.
#include <cstddef>
#include <string>

#include "posthorn/testing/fakes.h"
#include "posthorn/testing/transcript.h"

#include "check.h"
#include "fuzz.h"
#include "protocol/managesieve/scripts_host.h"

namespace {

using namespace posthorn;

std::string answers(View input, std::size_t chunk) {
  testing::FakeClock clock;
  auto options = testing::open_options();
  options.starttls = true;
  options.limits.output = 64;
  options.limits.script = 500;
  options.limits.string = 300;
  options.limits.skip = 2000;
  testing::SieveStage stage(options, clock.now());
  std::string said;
  const auto run = [&](bool& upgrade) {
    for (int steps = 0;; ++steps) {
      fuzzing::check(steps < 100'000, "a bounded input has a bounded answer");
      const Wants wants = stage.conversation.next(clock.now());
      fuzzing::check(stage.session.transmit().size() <= 20'000, "the output stays small");
      said += stage.session.transmit();
      stage.session.transmitted(stage.session.transmit().size());
      upgrade = wants == Wants::upgrade;
      if (wants != Wants::again) return;
    }
  };
  bool upgrade = false;
  run(upgrade);
  for (std::size_t at = 0; at < input.size() && !upgrade; at += chunk) {
    stage.session.receive(input.substr(at, chunk));
    run(upgrade);
  }
  for (const auto& [name, octets] : stage.host.scripts.stored) {
    fuzzing::check(managesieve::is_script_name(name), "only names of scripts are stored");
    fuzzing::check(octets.size() <= 8192, "a script is within its limit, or quoted in a line");
    said += name + octets;
  }
  return said + stage.host.seen + std::to_string(static_cast<int>(stage.session.state()));
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.size() > 20'000) input = input.substr(0, 20'000);
  const std::string octets =
      input.starts_with("#") || input.starts_with("S: ") ? testing::client_octets(input) : own(input);
  const std::string whole = answers(octets, octets.size() + 1);
  fuzzing::check(answers(octets, 1) == whole, "any split gives the same dialogue");
  fuzzing::check(answers(octets, 5) == whole, "any split gives the same dialogue");
}
