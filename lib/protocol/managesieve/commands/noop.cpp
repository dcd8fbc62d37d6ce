#include "protocol/managesieve/commands/noop.h"

#include "posthorn/protocol/managesieve/arguments.h"

namespace posthorn::managesieve::commands::noop_ {

Result<Args> parse(Cursor& c) {
  Args args;
  if (c.try_sp()) string(c, args.tag.emplace());
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts&) { return Ok{"Done", args.tag ? "TAG " + server_string(*args.tag) : std::string()}; }

}  // namespace posthorn::managesieve::commands::noop_
