#include "protocol/imap/commands/append.h"

#include <utility>

#include "protocol/imap/append_run.h"

namespace posthorn::imap::commands::append {

Result<Args> parse(Cursor& c) {
  Args args;
  if (!(c.sp() && mailbox(c, args.name) && args.data.read(c))) return c.finish(std::move(args));
  if (args.data.wants_argument()) c.fail(Code::syntax, "the octets of a URL");
  return c.finish(std::move(args));
}

namespace {
class AppendMessages final : public AppendRun {
 public:
  AppendMessages(Args args, State& state) : AppendRun(std::move(args.data), state), name_(std::move(args.name)) {}

 private:
  std::unique_ptr<Append> open(Responder& responder) override {
    auto append = state().mailboxes->append(name_);
    if (append) return std::move(*append);
    responder.refuse(append.error(), Missing::target);
    return nullptr;
  }
  Progress tell(const AppendOutcome& outcome, Responder& responder) override {
    responder.finish(Status::ok, appenduid(outcome), "Stored");
    return Progress::done;
  }

  std::string name_;
};
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<AppendMessages>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::append
