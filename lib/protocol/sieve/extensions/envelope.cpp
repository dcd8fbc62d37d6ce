#include "protocol/sieve/extensions/envelope.h"

#include <algorithm>
#include <array>

#include "posthorn/grammar/char_set.h"

#include "protocol/sieve/addresses.h"
#include "protocol/sieve/check.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

/// The value of an envelope part; nullopt: it is not known. @param address  gets whether it is one
std::optional<std::string> part_of(const Envelope& envelope, View part, bool& address) {
  address = same_word(part, "from") || same_word(part, "to");
  if (same_word(part, "from")) return envelope.from;
  if (same_word(part, "to")) return envelope.to;
  if (same_word(part, "auth")) return envelope.auth;
  for (const auto& [name, value] : envelope.parameters) {
    if (same_word(name, part)) return value;
  }
  return std::nullopt;
}

bool test(Call& call) {
  Match match(call);
  for (std::size_t i = 0; i < call.count(0); ++i) {
    bool address = false;
    const auto value = part_of(call.run().envelope(), call.text_at(0, i), address);
    if (!value) continue;
    const View kept = call.run().keep(*value);
    if (address ? match_address(match, kept) : match.value(kept)) break;
  }
  return match.finish();
}

void check(Check& check) {
  constexpr std::array<View, 3> kParts{"from", "to", "auth"};
  constexpr std::array<View, 6> kMore{"notify", "orcpt", "ret", "envid", "bytimeabsolute", "bytimerelative"};
  const bool more = check.program().requires_("envelope-dsn") || check.program().requires_("envelope-deliverby");
  for (const Check::Constant& part : check.constants(0)) {
    const auto is = [&](View name) { return same_word(part.text, name); };
    const bool late = more && (std::ranges::any_of(kMore, is) || is("bymode") || is("bytrace"));
    if (!std::ranges::any_of(kParts, is) && !late)
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
