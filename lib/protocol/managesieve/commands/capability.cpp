#include "protocol/managesieve/commands/capability.h"

#include "posthorn/protocol/managesieve/arguments.h"

namespace posthorn::managesieve::commands::capability_ {

namespace {

struct Row {
  View name;
  /// The value; nullopt: the server cannot do it now.
  std::optional<std::string> (*value)(const Facts& facts);
  bool has_value = true;
};

using Value = std::optional<std::string>;

constexpr Row kRows[] = {
    {"IMPLEMENTATION", [](const Facts& facts) -> Value { return facts.options.implementation; }},
    {"SASL", [](const Facts& facts) -> Value { return facts.options.mechanisms; }},
    {"SIEVE", [](const Facts& facts) -> Value { return facts.options.extensions; }},
    {"STARTTLS",
     [](const Facts& facts) -> Value {
       const bool now = facts.options.starttls && !facts.tls && facts.state == State::unauthenticated;
       return now ? Value("") : std::nullopt;
     },
     false},
    {"MAXREDIRECTS",
     [](const Facts& facts) -> Value {
       const auto& most = facts.options.max_redirects;
       return most ? Value(std::to_string(*most)) : std::nullopt;
     }},
    {"NOTIFY",
     [](const Facts& facts) -> Value { return facts.options.notify.empty() ? Value() : facts.options.notify; }},
    {"LANGUAGE", [](const Facts&) -> Value { return "en"; }},
    {"OWNER",
     [](const Facts& facts) -> Value { return facts.state == State::authenticated ? Value(facts.owner) : Value(); }},
    {"UNAUTHENTICATE", [](const Facts&) -> Value { return ""; }, false},
    {"VERSION", [](const Facts&) -> Value { return "1.0"; }},
};

}  // namespace

std::string lines(const Facts& facts) {
  std::string text;
  for (const Row& row : kRows) {
    const Value value = row.value(facts);
    if (!value) continue;
    text += server_string(row.name);
    if (row.has_value) text += " " + server_string(*value);
    text += "\r\n";
  }
  return text;
}

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts& facts) { return Ok{"These are all", {}, lines(facts)}; }

}  // namespace posthorn::managesieve::commands::capability_
