#include "protocol/pop3/commands/capa.h"

namespace posthorn::pop3::commands::capa_ {

namespace {

using Capability = std::string (*)(const Facts&);

// What no command stands for.
constexpr std::array<Capability, 6> kFixed = {
    [](const Facts&) -> std::string { return "RESP-CODES"; },      // RFC 2449 section 6.4
    [](const Facts&) -> std::string { return "AUTH-RESP-CODE"; },  // RFC 3206 section 6
    [](const Facts&) -> std::string { return "PIPELINING"; },      // RFC 2449 section 6.6
    [](const Facts&) -> std::string { return "EXPIRE NEVER"; },    // RFC 2449 section 6.7
    [](const Facts& facts) -> std::string {                        // RFC 2449 section 6.5
      const std::uint32_t delay = facts.options.login_delay;
      return delay == 0 ? std::string() : "LOGIN-DELAY " + std::to_string(delay);
    },
    [](const Facts& facts) -> std::string {  // RFC 2449 section 6.9
      return facts.options.implementation.empty() ? std::string() : "IMPLEMENTATION " + facts.options.implementation;
    },
};

std::string line(const Facts& facts, std::size_t item) {
  const std::size_t rows = facts.commands.size();
  if (item >= rows) return kFixed[item - rows](facts);
  return facts.commands[item].capability == nullptr ? std::string() : facts.commands[item].capability(facts);
}

}  // namespace

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts& facts) {
  return Listing{"Capabilities follow", facts.commands.size() + kFixed.size(), line};
}

}  // namespace posthorn::pop3::commands::capa_
