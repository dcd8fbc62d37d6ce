#include "protocol/sieve/extensions/envelope.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/grammar/char_set.h"

#include "protocol/sieve/addresses.h"
#include "protocol/sieve/check.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

/// The parts that an extension adds (RFC 6009).
struct Added {
  View extension;
  std::array<View, 4> parts;
};
constexpr std::array kAdded{
    Added{"envelope-dsn", {"notify", "orcpt", "ret", "envid"}},
    Added{"envelope-deliverby", {"bytimeabsolute", "bytimerelative", "bymode", "bytrace"}},
};

/// The values of an envelope part; none: it is not known.
std::vector<std::string> values_of(const Envelope& envelope, View part) {
  const auto known = [](const std::optional<std::string>& value) {
    return value ? std::vector<std::string>{*value} : std::vector<std::string>();
  };
  if (same_word(part, "from")) return known(envelope.from);
  if (same_word(part, "to")) return known(envelope.to);
  if (same_word(part, "auth")) return known(envelope.auth);
  std::vector<std::string> out;
  for (const auto& [name, value] : envelope.parameters) {
    if (same_word(name, part)) out.push_back(value);
  }
  return out;
}

bool test(Call& call) {
  Match match(call);
  for (std::size_t i = 0; i < call.count(0); ++i) {
    const View part = call.text_at(0, i);
    const bool address = same_word(part, "from") || same_word(part, "to");
    for (const std::string& value : values_of(call.run().envelope(), part)) {
      if (address ? match_address(match, call.run().keep(value)) : match.value(call.run().keep(value)))
        return match.finish();
    }
  }
  return match.finish();
}

void check(Check& check) {
  constexpr std::array<View, 3> kParts{"from", "to", "auth"};
  for (const Check::Constant& part : check.constants(0)) {
    const auto is = [&](View name) { return same_word(part.text, name); };
    const bool added = std::ranges::any_of(kAdded, [&](const Added& each) {
      return check.program().requires_(each.extension) && std::ranges::any_of(each.parts, is);
    });
    if (!added && std::ranges::none_of(kParts, is))
      check.error(part.at, "\"" + own(part.text) + "\" is no part of the envelope");
  }
}

constexpr std::array kParameters{Parameter{Value::strings}, Parameter{Value::strings}};
constexpr Row kEnvelope{.name = "envelope",
                        .source = "RFC 5228 section 5.4",
                        .example = "envelope :all :is \"from\" \"tim@example.com\"",
                        .parameters = kParameters,
                        .takes = takes::match | takes::address_part,
                        .keys = 2,
                        .check = check,
                        .test = test};
constexpr std::array kTests{&kEnvelope};

}  // namespace

constexpr Extension envelope{.name = "envelope", .source = "RFC 5228 section 5.4", .tests = kTests};

}  // namespace posthorn::sieve::extensions
