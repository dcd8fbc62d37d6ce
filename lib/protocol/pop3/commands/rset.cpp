#include "protocol/pop3/commands/rset.h"

namespace posthorn::pop3::commands::rset_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts& facts) {
  facts.maildrop.unmark_all();
  return Ok{std::to_string(facts.maildrop.count()) + " messages"};
}

}  // namespace posthorn::pop3::commands::rset_
