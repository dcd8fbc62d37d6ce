#include "protocol/smtp/commands/starttls.h"

#include "protocol/smtp/commands/arguments.h"

namespace posthorn::smtp::commands::starttls {

Answer run(Cursor& arguments, const Facts& facts) {
  if (!facts.options.starttls) return say(Said::not_offered);
  if (facts.state.tls || facts.state.login) return say(Said::bad_sequence);
  return alone(arguments, Event(Upgrade{}));
}

}  // namespace posthorn::smtp::commands::starttls
