#include "protocol/imap/commands/examine.h"

#include <utility>

#include "protocol/imap/commands/select.h"

namespace posthorn::imap::commands::examine {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return select::open(std::move(args.name), true, state);
}

}  // namespace posthorn::imap::commands::examine
