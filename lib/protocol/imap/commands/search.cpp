#include "protocol/imap/commands/search.h"

#include <optional>
#include <utility>
#include <vector>

#include "protocol/imap/in_progress.h"
#include "protocol/imap/live_search.h"
#include "protocol/imap/replies.h"
#include "protocol/imap/search_answer.h"
#include "protocol/imap/search_scan.h"

namespace posthorn::imap::commands::search {

namespace {

using namespace imap::search;

class Search final : public Execution {
 public:
  Search(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!scan_) begin();
    if (!answer_) {
      const auto done = scan_->step();
      if (!done) {
        refuse(state_, args_.options, done.error(), responder);
        return Progress::done;
      }
      if (!*done) {
        progress_.tell(state_, scan_->asked(), scan_->goal(), responder);
        return Progress::more;
      }
      end(responder);
    }
    if (!answer_->write(responder)) return Progress::more;
    responder.ok("Done");
    return Progress::done;
  }

 private:
  void begin() {
    const ReturnOptions& options = args_.options;
    const bool ends = !options.needs_all();
    scan_.emplace(args_.program.root, *state_.selected, surroundings(state_),
                  Ends{ends && options.has(Return::min), ends && options.has(Return::max)});
  }

  void end(Responder& responder) {
    const std::vector<std::uint32_t> found = scan_->take_found();
    Key& root = args_.program.root;
    const bool with_modseq = asks(root, Ask::modseq);
    if (args_.options.has(Return::update)) keep_alive(state_, std::move(root), {}, found, responder);
    answer_ = conclude(state_, "SEARCH", args_.options, found, with_modseq);
  }

  Args args_;
  State& state_;
  std::optional<Scan> scan_;
  std::optional<Answer> answer_;
  InProgress progress_;
};

}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(return_options(c, args.options) && program(c, args.program));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  auto refused = refusal_of(state, args.program, args.options);
  // Strings are UTF-8 then, and another label would contradict it (RFC 9755 section 3).
  if (state.enabled.utf8 && args.program.charset_named) refused = kCharsetAfterUtf8;
  if (refused) return once([reply = *refused](Responder& responder) { responder.finish(reply); });
  return std::make_unique<Search>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::search
