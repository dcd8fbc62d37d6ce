#include "protocol/imap/commands/idle.h"

#include <optional>
#include <string>
#include <utility>

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::idle {

Result<Args> parse(Cursor& c) { return c.finish(Args{}); }

namespace {
class Idle final : public Execution {
 public:
  explicit Idle(State& state) : state_(state) {}
  void line(View text) override { line_ = own(text.substr(0, kLongest)); }

  Progress step(Responder& responder) override {
    if (line_) {
      responder.finish(same_word(*line_, "DONE") ? Reply{Status::ok, {}, "Done"} : kExpectedDone);
      return Progress::done;
    }
    if (!std::exchange(begun_, true)) responder.continuation("Waiting for news");
    if (state_.watcher && !state_.watcher->tell(state_, responder)) return Progress::more;
    if (!state_.selected || (state_.watcher && !state_.watcher->reports_selected())) {
      return state_.watcher ? Progress::change : Progress::line;
    }
    // A store that does not answer now is asked again at the next change or by the next command.
    if (news_.told() && state_.selected->changed()) {
      if (auto changes = state_.selected->poll(true)) {
        state_.contexts.take(*changes);
        news_ = News(std::move(*changes));
      }
    }
    const bool told = news_.tell(*state_.selected, responder) && state_.contexts.tell(*state_.selected, responder);
    return told ? Progress::change : Progress::more;
  }

 private:
  static constexpr std::size_t kLongest = 8;
  State& state_;
  std::optional<std::string> line_;
  News news_;
  bool begun_ = false;
};
}  // namespace

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) { return std::make_unique<Idle>(state); }

}  // namespace posthorn::imap::commands::idle
