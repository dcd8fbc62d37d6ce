#include "posthorn/protocol/sasl/mechanism.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"

#include "protocol/sasl/mechanisms/all.h"

namespace posthorn::sasl {

std::span<const MechanismSpec> mechanisms() { return mechanism::kAll; }

const MechanismSpec* find_mechanism(View name) {
  const auto row = std::ranges::find_if(mechanism::kAll, [name](const auto& m) { return same_word(m.name, name); });
  return row == mechanism::kAll.end() ? nullptr : row;
}

TokenVerdict Verifier::check_token(const BearerToken& /*token*/) {
  return TokenRefusal{peer_error(Code::denied, "no tokens here"), {}, {}, {}};
}

Result<std::string> Verifier::check_certificate(View /*authorize*/) {
  return fail(peer_error(Code::denied, "no certificates here"));
}

Result<std::string> Verifier::check_anonymous(View /*trace*/) {
  return fail(peer_error(Code::denied, "nobody is anonymous here"));
}

namespace {
bool is_judged(Evidence evidence, const Accepted& accepted) {
  switch (evidence) {
    case Evidence::password: return true;
    case Evidence::token: return accepted.tokens;
    case Evidence::certificate: return accepted.certificate;
    case Evidence::nothing: return accepted.anonymous;
  }
  return false;
}
}  // namespace

std::vector<const MechanismSpec*> offered(bool tls, bool bindable, bool clear, const Accepted& accepted) {
  std::vector<const MechanismSpec*> rows;
  // Without TLS even SCRAM gives an eavesdropper something to try passwords on, and the session to whoever is between.
  if (!tls && !clear) return rows;
  for (const MechanismSpec& row : mechanism::kAll) {
    const bool can_bind = !row.needs_channel_binding || (tls && bindable);
    if (can_bind && is_judged(row.evidence, accepted)) rows.push_back(&row);
  }
  return rows;
}

}  // namespace posthorn::sasl
