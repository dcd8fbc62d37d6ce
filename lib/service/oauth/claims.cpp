#include "service/oauth/claims.h"

#include <algorithm>
#include <vector>

namespace posthorn::oauth {

namespace {

std::unexpected<Error> refused(View note) { return fail(peer_error(Code::denied, note)); }

/// "aud": one text or a list of them (RFC 7519 section 4.1.3).
bool is_for(const Json& claims, View audience) {
  if (const auto one = claims.text("aud")) return *one == audience;
  const auto all = claims.texts("aud");
  return all && std::ranges::find(*all, audience) != all->end();
}

/// Whether a NumericDate is not after `latest`; one that is absent is not.
bool is_past(const Json& claims, View name, double latest) {
  if (!claims.has(name)) return true;
  const auto date = claims.number(name);
  return date && *date <= latest;
}

std::vector<View> words_of(View text) {
  std::vector<View> words;
  while (!text.empty()) {
    const View word = text.substr(0, text.find(' '));
    if (!word.empty()) words.push_back(word);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return words;
}

}  // namespace

Result<std::string> check_claims(const Json& claims, const Rules& rules, WallTime now) {
  const auto seconds = static_cast<double>(now.time_since_epoch().count());
  const auto leeway = static_cast<double>(rules.leeway.count());
  if (claims.text("iss") != rules.issuer) return refused("token: another issuer");
  if (!is_for(claims, rules.audience)) return refused("token: for another audience");
  const auto expires = claims.number("exp");
  if (!expires) return refused("token: without a time of expiry");
  if (seconds - leeway >= *expires) return refused("token: expired");
  if (!is_past(claims, "nbf", seconds + leeway)) return refused("token: not valid yet");
  if (!is_past(claims, "iat", seconds + leeway)) return refused("token: issued in the future");
  const auto address = claims.text(rules.claim);
  if (!address || address->empty()) return refused("token: it names nobody");
  // An address that its owner typed and nobody has confirmed (OpenID Connect Core section 5.1).
  if (rules.claim == "email" && claims.has("email_verified") && claims.truth("email_verified") != true)
    return refused("token: its address is not verified");
  return own(*address);
}

bool has_scope(const Json& claims, View wanted) {
  const std::vector<View> granted = words_of(claims.text("scope").value_or(View()));
  return std::ranges::all_of(words_of(wanted),
                             [&](View word) { return std::ranges::find(granted, word) != granted.end(); });
}

}  // namespace posthorn::oauth
