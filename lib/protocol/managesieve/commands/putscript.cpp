#include "protocol/managesieve/commands/putscript.h"

#include "posthorn/protocol/managesieve/arguments.h"

#include "protocol/managesieve/commands/answers.h"

namespace posthorn::managesieve::commands::putscript_ {

Result<Args> parse(Cursor& c) {
  Args args;
  c.sp() && script_name(c, args.name) && c.sp() && string(c, args.script);
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts&) {
  return Task([args = std::move(args)](Scripts& scripts) { return judged(scripts.put(args.name, args.script)); });
}

}  // namespace posthorn::managesieve::commands::putscript_
