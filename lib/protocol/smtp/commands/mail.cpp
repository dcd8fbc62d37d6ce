#include "protocol/smtp/commands/mail.h"

#include "protocol/smtp/parameters.h"

namespace posthorn::smtp::commands::mail {

Answer run(Cursor& arguments, const Facts& facts) {
  if (facts.options.require_login && !facts.state.login) return say(Said::login_first);
  if (!facts.mail_possible) return Fatal{say(Said::too_many_transactions)};
  Mail event;
  if (!arguments.sp() || !arguments.word("FROM:") ||
      !posthorn::mail::reverse_path(arguments, facts.extended, event.from)) {
    return say(Said::syntax);
  }
  if (auto refused = take_parameters(arguments, facts, event.params)) return *refused;
  if (!event.params.utf8 && needs_utf8(event.from)) return say(Said::utf8_not_announced);
  if (event.params.size.value_or(0) > facts.options.limits.message) return say(Said::message_too_big);
  return Event(std::move(event));
}

}  // namespace posthorn::smtp::commands::mail
