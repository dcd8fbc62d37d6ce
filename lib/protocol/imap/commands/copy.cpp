#include "protocol/imap/commands/copy.h"

#include <string>
#include <utility>

namespace posthorn::imap::commands::copy {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && sequence_set(c, args.set) && c.sp() && mailbox(c, args.target));
  return c.finish(std::move(args));
}

std::string copyuid(const CopyOutcome& outcome) {
  if (outcome.source.empty()) return {};
  return "COPYUID " + std::to_string(outcome.uid_validity.value()) + ' ' + uid_set(outcome.source) + ' ' +
         uid_set(outcome.target);
}

void refuse_too_many(const State& state, Responder& responder) {
  responder.finish(Status::no, "MESSAGELIMIT " + std::to_string(state.limits->messages), "Too many messages at once");
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto messages = state.messages(args.set);
    if (!messages) return responder.refuse(messages.error());
    if (state.cut_at) return refuse_too_many(state, responder);
    const auto done = state.selected->copy(each_of(*messages), args.target);
    if (!done) return responder.refuse(done.error(), Missing::target);
    responder.finish(Status::ok, copyuid(*done), "Copied");
  });
}

}  // namespace posthorn::imap::commands::copy
