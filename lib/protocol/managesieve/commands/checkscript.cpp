#include "protocol/managesieve/commands/checkscript.h"

#include "posthorn/protocol/managesieve/arguments.h"

#include "protocol/managesieve/commands/answers.h"

namespace posthorn::managesieve::commands::checkscript_ {

Result<Args> parse(Cursor& c) {
  Args args;
  c.sp() && string(c, args.script);
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts&) {
  return Task([args = std::move(args)](Scripts& scripts) { return judged(scripts.check(args.script)); });
}

}  // namespace posthorn::managesieve::commands::checkscript_
