#include "protocol/imap/commands/notify.h"

#include <utility>

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::notify {

namespace {
class Notify final : public Execution {
 public:
  Notify(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!std::exchange(begun_, true)) {
      auto watcher = std::make_unique<notification::Notifications>(std::move(args_));
      if (const auto begun = watcher->begin(state_); !begun) {
        responder.refuse(begun.error());
        return Progress::done;
      }
      state_.watcher = std::move(watcher);
    }
    if (!state_.watcher->tell(state_, responder)) return Progress::more;
    responder.ok("Done");
    return Progress::done;
  }

 private:
  Args args_;
  State& state_;
  bool begun_ = false;
};
}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(notification::request(c, args));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  if (args.unknown_events) return once([](Responder& responder) { responder.finish(kBadEvent); });
  return std::make_unique<Notify>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::notify
