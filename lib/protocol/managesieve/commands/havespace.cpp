#include "protocol/managesieve/commands/havespace.h"

#include "posthorn/protocol/managesieve/arguments.h"

#include "protocol/managesieve/commands/answers.h"

namespace posthorn::managesieve::commands::havespace_ {

Result<Args> parse(Cursor& c) {
  Args args;
  c.sp() && script_name(c, args.name) && c.sp() && c.number(args.octets);
  return c.finish(std::move(args));
}

Deed run(Args args, const Facts&) {
  return Task([args = std::move(args)](Scripts& scripts) {
    return done(scripts.have_space(args.name, args.octets), "There is room");
  });
}

}  // namespace posthorn::managesieve::commands::havespace_
