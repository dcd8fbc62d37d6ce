#include "protocol/pop3/commands/stat.h"

namespace posthorn::pop3::commands::stat_ {

Result<Args> parse(Cursor&) { return Args{}; }

Deed run(Args, const Facts& facts) {
  return Ok{std::to_string(facts.maildrop.count()) + " " + std::to_string(facts.maildrop.octets())};
}

}  // namespace posthorn::pop3::commands::stat_
