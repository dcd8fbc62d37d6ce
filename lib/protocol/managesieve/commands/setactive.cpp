#include "protocol/managesieve/commands/setactive.h"

#include "posthorn/protocol/managesieve/arguments.h"

#include "protocol/managesieve/commands/answers.h"

namespace posthorn::managesieve::commands::setactive_ {

Result<Args> parse(Cursor& c) {
  Args args;
  if (!c.sp() || !string(c, args.name)) return c.finish(std::move(args));
  if (!args.name.empty() && !is_script_name(args.name)) c.fail(Code::syntax, "no name of a script");
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts&) {
  return Task([args = std::move(args)](Scripts& scripts) {
    return done(scripts.activate(args.name), args.name.empty() ? "No script is active" : "The script is active");
  });
}

}  // namespace posthorn::managesieve::commands::setactive_
