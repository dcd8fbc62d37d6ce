// Access tokens, key sets and claims: nothing that was not signed lets anybody in, and what is read has one spelling.
#include <string>

#include "posthorn/service/oauth/access_token_judge.h"

#include "check.h"
#include "fuzz.h"
#include "service/oauth/claims.h"
#include "service/oauth/key_set.h"
#include "service/oauth/signed_token.h"
#include "service/oauth/tokens.h"

using namespace posthorn;
namespace made = oauth::testing;

namespace {

const oauth::Rules kRules{.issuer = "joe", .audience = "mail", .scope = "mail", .type = {}};
constexpr WallTime kNow{std::chrono::seconds(1'300'819'000)};

void read_token(View input) {
  const auto token = oauth::parse_token(input);
  if (!token) return;
  fuzzing::check(own(token->signed_octets) + "." + made::base64url(token->signature) == input,
                 "a token is what is signed, a dot and the signature");
  fuzzing::check(token->signed_octets.ends_with("." + made::base64url(token->payload)), "a payload has one spelling");
}

void read_keys(View input) {
  const auto keys = oauth::KeySet::parse(input);
  if (!keys) return;
  fuzzing::check(keys->size() > 0 && keys->size() <= oauth::kMaxKeys, "a key set has keys");
  static const auto published = oauth::parse_token(made::kRsaToken).value();
  const auto finding = keys->verify(published);
  fuzzing::check(finding != oauth::KeySet::Finding::refused, "a token that names no key is refused by none");
}

void read_claims(View input) {
  const auto claims = oauth::Json::parse_object(input);
  if (!claims) return;
  static_cast<void>(oauth::has_scope(*claims, kRules.scope));
  const auto address = oauth::check_claims(*claims, kRules, kNow);
  if (!address) return;
  fuzzing::check(claims->text("iss") == kRules.issuer && claims->text("sub") == *address, "who is named comes in");
  fuzzing::check(claims->number("exp").value_or(0) > 1'300'818'940, "an expired token does not pass");
}

void judge(View input) {
  static const auto judge = [] {
    oauth::KeySource source;
    source.read = [] { return made::key_set(made::kRsaKey, made::kCurveKey, made::kEdwardsKey); };
    return oauth::AccessTokenJudge::make(kRules, std::move(source), kNow).value();
  }();
  const auto verdict = judge->judge({.token = Secret(input)}, kNow);
  fuzzing::check(std::holds_alternative<sasl::TokenRefusal>(verdict), "nobody comes in whose token was not signed");
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  read_token(input);
  read_keys(input);
  read_claims(input);
  judge(input);
}
