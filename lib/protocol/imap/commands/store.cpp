#include "protocol/imap/commands/store.h"

#include <optional>
#include <utility>
#include <vector>

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::store {

Result<Args> parse(Cursor& c) {
  Args args;
  if (!(c.sp() && sequence_set(c, args.set) && c.sp())) return c.finish(std::move(args));
  if (c.try_octet('+')) {
    args.change = FlagChange::add;
  } else if (c.try_octet('-')) {
    args.change = FlagChange::remove;
  }
  if (c.word("FLAGS")) args.silent = c.try_word(".SILENT");
  static_cast<void>(c.sp() && store_flags(c, args.flags));
  return c.finish(std::move(args));
}

namespace {
class Store final : public Execution {
 public:
  Store(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!stored_ && !store(responder)) return Progress::done;
    for (; at_ < messages_.size(); ++at_) {
      if (responder.full()) return Progress::more;
      const MessageFacts& facts = state_.selected->facts(messages_[at_]);
      responder.raw("* ").number(messages_[at_].value()).raw(" FETCH (");
      if (state_.by_uid) responder.raw("UID ").number(facts.uid.value()).raw(" ");
      responder.raw("FLAGS ").flags(facts.flags).raw(")").end();
    }
    return Progress::done;
  }

 private:
  bool store(Responder& responder) {
    if (state_.selected->read_only()) {
      responder.finish(kReadOnly);
      return false;
    }
    const auto ranges = state_.messages(args_.set);
    if (!ranges) {
      responder.refuse(ranges.error());
      return false;
    }
    messages_ = each_of(*ranges);
    const auto done = state_.selected->store_flags(messages_, args_.change, args_.flags, std::nullopt);
    if (!done) {
      responder.refuse(done.error());
      return false;
    }
    stored_ = true;
    if (args_.silent) messages_.clear();
    responder.ok("Done");
    return true;
  }

  Args args_;
  State& state_;
  std::vector<SeqNum> messages_;
  std::size_t at_ = 0;
  bool stored_ = false;
};
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<Store>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::store
