#include "protocol/imap/commands/cancelupdate.h"

#include <utility>

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::cancelupdate {

Result<Args> parse(Cursor& c) {
  Args args;
  do {
    if (args.tags.size() == kMaxTags) c.fail(Code::too_many, "tags");
    if (!(c.sp() && string(c, args.tags.emplace_back()))) break;
  } while (!c.at_end());
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    bool all = true;
    for (const std::string& tag : args.tags) all = state.contexts.cancel(tag) && all;
    responder.finish(all ? Reply{Status::ok, {}, "Done"} : kNoSuchSearch);
  });
}

}  // namespace posthorn::imap::commands::cancelupdate
