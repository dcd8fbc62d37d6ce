#include "protocol/managesieve/commands/starttls.h"

#include "protocol/managesieve/replies.h"

namespace posthorn::managesieve::commands::starttls_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts& facts) {
  if (facts.tls || !facts.options.starttls) return kNoTlsHere;
  return AskUpgrade{};
}

}  // namespace posthorn::managesieve::commands::starttls_
