#include "protocol/managesieve/commands/getscript.h"

#include "posthorn/protocol/managesieve/arguments.h"

namespace posthorn::managesieve::commands::getscript_ {

Result<Args> parse(Cursor& c) {
  Args args;
  c.sp() && script_name(c, args.name);
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts&) {
  return Task([args = std::move(args)](Scripts& scripts) -> Answer {
    const auto script = scripts.get(args.name);
    if (!script) return script.error();
    // Always a literal: clients that split lines find a script in no other form.
    return Ok{"This is all", {}, "{" + std::to_string(script->size()) + "}\r\n" + *script + "\r\n"};
  });
}

}  // namespace posthorn::managesieve::commands::getscript_
