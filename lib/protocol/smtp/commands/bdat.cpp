#include "protocol/smtp/commands/bdat.h"

namespace posthorn::smtp::commands::bdat {

Answer run(Cursor& arguments, const Facts& facts) {
  Chunk chunk;
  if (!arguments.sp() || !arguments.number(chunk.octets)) return Fatal{say(Said::bad_argument)};
  if (arguments.try_sp()) chunk.last = arguments.word("LAST");
  if (!arguments.end()) return Fatal{say(Said::bad_argument)};
  if (!holds(spec.phases, facts.state.phase)) {
    chunk.refused = say(facts.state.phase == Phase::connected ? Said::hello_first : Said::bad_sequence);
  } else if (facts.state.recipients == 0) {
    chunk.refused = say(Said::no_recipients);
  } else if (!facts.extended) {
    chunk.refused = say(Said::bad_sequence);
  } else if (chunk.octets > facts.options.limits.message ||
             facts.state.offset > facts.options.limits.message - chunk.octets) {
    chunk.refused = say(Said::message_too_big);
  }
  return chunk;
}

}  // namespace posthorn::smtp::commands::bdat
