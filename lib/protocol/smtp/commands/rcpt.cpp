#include "protocol/smtp/commands/rcpt.h"

#include <algorithm>

#include "protocol/smtp/parameters.h"

namespace posthorn::smtp::commands::rcpt {

namespace {

/// Whether a recipient in a domain keeps Limits::recipient_domains.
bool domain_possible(View domain, const Facts& facts) {
  const std::uint32_t most = facts.options.limits.recipient_domains;
  return most == 0 || facts.domains.size() < most ||
         std::ranges::any_of(facts.domains, [&](const std::string& known) { return same_word(known, domain); });
}

}  // namespace

Answer run(Cursor& arguments, const Facts& facts) {
  Rcpt event;
  if (!arguments.sp() || !arguments.word("TO:") || !posthorn::mail::forward_path(arguments, facts.extended, event.to)) {
    return say(Said::syntax);
  }
  if (auto refused = take_parameters(arguments, facts, event.params)) return *refused;
  if (!facts.state.announced.utf8 && needs_utf8(event.to)) return say(Said::utf8_not_announced);
  if (!facts.rcpt_possible) return say(Said::too_many_recipients);
  if (!domain_possible(event.to.domain, facts)) return say(Said::too_many_domains);
  return Event(std::move(event));
}

}  // namespace posthorn::smtp::commands::rcpt
