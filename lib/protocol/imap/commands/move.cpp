#include "protocol/imap/commands/move.h"

#include <utility>

#include "protocol/imap/commands/copy.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::move {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && sequence_set(c, args.set) && c.sp() && mailbox(c, args.target));
  return c.finish(std::move(args));
}

namespace {
class Move final : public Execution {
 public:
  Move(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!moved_ && !move(responder)) return Progress::done;
    return removed_.tell(*state_.selected, responder) ? Progress::done : Progress::more;
  }

 private:
  bool move(Responder& responder) {
    if (state_.selected->read_only()) {
      responder.finish(kReadOnly);
      return false;
    }
    const auto messages = state_.messages(args_.set);
    if (!messages) {
      responder.refuse(messages.error());
      return false;
    }
    if (state_.cut_at) {
      copy::refuse_too_many(state_, responder);
      return false;
    }
    auto done = state_.selected->move(each_of(*messages), args_.target);
    if (!done) {
      responder.refuse(done.error(), Missing::target);
      return false;
    }
    moved_ = true;
    // Before the EXPUNGE responses, so that the client can follow the messages (RFC 6851 section 4.3).
    const std::string code = copy::copyuid(done->first);
    if (!code.empty()) responder.untagged(Status::ok, code, "Moved");
    state_.contexts.take(done->second);
    removed_ = News(std::move(done->second));
    responder.ok("Done");
    return true;
  }

  Args args_;
  State& state_;
  News removed_;
  bool moved_ = false;
};
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<Move>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::move
