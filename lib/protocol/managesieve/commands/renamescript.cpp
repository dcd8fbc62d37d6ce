#include "protocol/managesieve/commands/renamescript.h"

#include "posthorn/protocol/managesieve/arguments.h"

#include "protocol/managesieve/commands/answers.h"

namespace posthorn::managesieve::commands::renamescript_ {

Result<Args> parse(Cursor& c) {
  Args args;
  c.sp() && script_name(c, args.from) && c.sp() && script_name(c, args.to);
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts&) {
  return Task([args = std::move(args)](Scripts& scripts) {
    return done(scripts.rename(args.from, args.to), "The script is renamed");
  });
}

}  // namespace posthorn::managesieve::commands::renamescript_
