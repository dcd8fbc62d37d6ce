#include "protocol/managesieve/commands/deletescript.h"

#include "posthorn/protocol/managesieve/arguments.h"

#include "protocol/managesieve/commands/answers.h"

namespace posthorn::managesieve::commands::deletescript_ {

Result<Args> parse(Cursor& c) {
  Args args;
  c.sp() && script_name(c, args.name);
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts&) {
  return Task(
      [args = std::move(args)](Scripts& scripts) { return done(scripts.remove(args.name), "The script is removed"); });
}

}  // namespace posthorn::managesieve::commands::deletescript_
