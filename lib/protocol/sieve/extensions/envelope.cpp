#include "protocol/sieve/extensions/envelope.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/grammar/char_set.h"

#include "protocol/sieve/addresses.h"
#include "protocol/sieve/check.h"
#include "protocol/sieve/extensions/delivery.h"
#include "protocol/sieve/match.h"
#include "protocol/sieve/moment.h"

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

/// RFC 6009 section 4; nullopt: another part.
std::optional<std::string> deadline_part(Call& call, const Envelope::Deadline& deadline, View part) {
  const auto left = [&] {
    return std::chrono::duration_cast<std::chrono::seconds>(deadline.when - call.run().environment().now());
  };
  if (same_word(part, "bytimeabsolute")) return part_of({deadline.when, zone_of(call, kEnvelopeZone)}, "iso8601");
  if (same_word(part, "bytimerelative")) return std::to_string(left().count());
  if (same_word(part, "bymode")) return deadline.return_late ? "return" : "notify";
  if (same_word(part, "bytrace")) return deadline.trace ? "true" : "false";
  return std::nullopt;
}

/// The values of an envelope part; none: it is not known.
std::vector<std::string> values_of(Call& call, View part) {
  const Envelope& envelope = call.run().subject().envelope;
  const auto known = [](const std::optional<std::string>& value) {
    return value ? std::vector<std::string>{*value} : std::vector<std::string>();
  };
  if (same_word(part, "from")) return known(envelope.from);
  if (same_word(part, "to")) return known(envelope.to);
  if (same_word(part, "auth")) return known(envelope.auth);
  if (envelope.deliver_by) {
    if (auto value = deadline_part(call, *envelope.deliver_by, part)) return {std::move(*value)};
  }
  std::vector<std::string> out;
  for (const auto& [name, value] : envelope.parameters) {
    if (same_word(name, part)) out.push_back(value);
  }
  return out;
}

bool test(Call& call) {
  if (call.run().subject().imap_event) {
    call.run().fail("nothing was delivered, so there is no envelope (RFC 6785 section 4.6)");
    return false;
  }
  Match match(call);
  for (std::size_t i = 0; i < call.count(0); ++i) {
    const View part = call.text_at(0, i);
    const bool address = same_word(part, "from") || same_word(part, "to");
    for (const std::string& value : values_of(call, part)) {
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
                        .takes = takes::match | takes::address_part | takes::envelope,
                        .keys = 2,
                        .check = check,
                        .test = test};
constexpr std::array kTests{&kEnvelope};

}  // namespace

constexpr Extension envelope{.name = "envelope", .source = "RFC 5228 section 5.4", .tests = kTests};

}  // namespace posthorn::sieve::extensions
