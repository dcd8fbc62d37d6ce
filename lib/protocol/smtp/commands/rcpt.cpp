#include "protocol/smtp/commands/rcpt.h"

#include "protocol/smtp/parameters.h"

namespace posthorn::smtp::commands::rcpt {

Answer run(Cursor& arguments, const Facts& facts) {
  Rcpt event;
  if (!arguments.sp() || !arguments.word("TO:") || !posthorn::mail::forward_path(arguments, facts.extended, event.to)) {
    return say(Said::syntax);
  }
  MailParams none;
  if (auto refused = take_parameters(arguments, {}, facts, none)) return *refused;
  if (!facts.utf8 && needs_utf8(event.to)) return say(Said::utf8_not_announced);
  if (!facts.rcpt_possible) return say(Said::too_many_recipients);
  return Event(std::move(event));
}

}  // namespace posthorn::smtp::commands::rcpt
