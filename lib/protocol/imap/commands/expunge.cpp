#include "protocol/imap/commands/expunge.h"

#include <utility>
#include <vector>

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::expunge {

Result<Args> parse(Cursor& c) {
  Args args;
  if (c.try_sp()) {
    args.set.emplace();
    sequence_set(c, *args.set);
  }
  return c.finish(std::move(args));
}

namespace {
class Expunge final : public Execution {
 public:
  Expunge(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!removed_ && !remove(responder)) return Progress::done;
    return removed_->tell(*state_.selected, responder) ? Progress::done : Progress::more;
  }

 private:
  bool remove(Responder& responder) {
    if (state_.selected->read_only()) {
      responder.finish(kReadOnly);
      return false;
    }
    std::vector<Uid> only;
    if (args_.set) {
      const auto messages = state_.messages(*args_.set);
      if (!messages) {
        responder.refuse(messages.error());
        return false;
      }
      for (SeqNum n : each_of(*messages)) only.push_back(state_.selected->uid_at(n));
    }
    auto done = state_.selected->expunge(args_.set ? &only : nullptr);
    if (!done) {
      responder.refuse(done.error());
      return false;
    }
    state_.contexts.take(*done);
    removed_ = News(std::move(*done));
    responder.ok("Done");
    return true;
  }

  Args args_;
  State& state_;
  std::optional<News> removed_;
};
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  if (args.set.has_value() != state.by_uid)
    return fail(peer_error(Code::syntax, "UID EXPUNGE takes a set, EXPUNGE none"));
  return std::make_unique<Expunge>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::expunge
