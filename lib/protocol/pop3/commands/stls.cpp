#include "protocol/pop3/commands/stls.h"

namespace posthorn::pop3::commands::stls_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts& facts) {
  if (facts.tls || !facts.options.starttls) return peer_error(Code::unsupported);
  return AskUpgrade{};
}

std::string capability(const Facts& facts) {
  const bool now = facts.options.starttls && !facts.tls && kBeforeLogin.has(facts.state);
  return now ? "STLS" : "";
}

}  // namespace posthorn::pop3::commands::stls_
