#include "protocol/sieve/extensions/spamtest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "protocol/sieve/check.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

void check_percent(Check& check, const TagRow& /*tag*/) {
  if (!check.program().requires_("spamtestplus")) check.error("':percent' needs: require \"spamtestplus\";");
}

constexpr TagRow kPercent{.name = "percent", .check = check_percent};
constexpr std::array kTags{&kPercent};

/// A number between two others.
std::string scaled(double share, int lowest, int highest) {
  return std::to_string(lowest + std::lround(std::clamp(share, 0.0, 1.0) * (highest - lowest)));
}

// A message that was not tested is "0", and counts as no value (RFC 5235 section 2.4.2).
bool match_score(Call& call, const Score& score, int lowest, int highest) {
  Match match(call);
  const TagRow* type = call.chosen(Group::match_type);
  const bool counts = type != nullptr && type->match->counts;
  if (score.tested || !counts)
    static_cast<void>(match.value(call.run().keep(score.tested ? scaled(score.share, lowest, highest) : "0")));
  return match.finish();
}

bool spam(Call& call) {
  const Score score = call.run().environment().spam();
  return call.has(kPercent) ? match_score(call, score, 0, 100) : match_score(call, score, 1, 10);
}

bool virus(Call& call) { return match_score(call, call.run().environment().virus(), 1, 5); }

constexpr std::array kValue{Parameter{Value::string}};
constexpr Row kSpamtest{.name = "spamtest",
                        .source = "RFC 5235 section 2",
                        .example = "spamtest \"0\"",
                        .parameters = kValue,
                        .tags = kTags,
                        .takes = takes::match,
                        .keys = 1,
                        .test = spam};
constexpr Row kVirustest{.name = "virustest",
                         .source = "RFC 5235 section 3",
                         .example = "virustest \"5\"",
                         .parameters = kValue,
                         .takes = takes::match,
                         .keys = 1,
                         .test = virus};
constexpr std::array kSpamTests{&kSpamtest};
constexpr std::array kVirusTests{&kVirustest};
constexpr std::array<View, 1> kImplied{"spamtest"};

}  // namespace

constexpr Extension spamtest{.name = "spamtest", .source = "RFC 5235 section 2", .tests = kSpamTests};
constexpr Extension spamtestplus{.name = "spamtestplus", .source = "RFC 5235 section 2", .implies = kImplied};
constexpr Extension virustest{.name = "virustest", .source = "RFC 5235 section 3", .tests = kVirusTests};

}  // namespace posthorn::sieve::extensions
