#include "protocol/imap/commands/sort.h"

#include <optional>
#include <utility>

#include "protocol/imap/in_progress.h"
#include "protocol/imap/live_search.h"
#include "protocol/imap/search_answer.h"
#include "protocol/imap/search_scan.h"

namespace posthorn::imap::commands::sort {

namespace {

using namespace imap::search;

class Sort final : public Execution {
 public:
  Sort(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!scan_) scan_.emplace(args_.program.root, *state_.selected, surroundings(state_));
    if (!answer_) {
      const auto done = found_ ? list() : look();
      if (!done) {
        refuse(state_, args_.options, done.error(), responder);
        return Progress::done;
      }
      if (!*done) {
        progress_.tell(state_, scan_->asked() + listed_, 2 * scan_->goal(), responder);
        return Progress::more;
      }
      end(responder);
    }
    if (!answer_->write(responder)) return Progress::more;
    responder.ok("Done");
    return Progress::done;
  }

 private:
  Result<bool> look() {
    const auto done = scan_->step();
    if (!done) return fail(done.error());
    if (*done) found_ = scan_->take_found();
    return false;
  }

  /// Makes keys of what was found; not of the rest.
  Result<bool> list() {
    SelectedMailbox& view = *state_.selected;
    const Bits<Listed> wanted = listed_for(args_.order);
    std::uint64_t octets = 0;
    for (std::uint32_t some = 0; listed_ < found_->size(); ++listed_, ++some) {
      if (some == kMessagesPerStep || octets > kOctetsPerStep) return false;
      const SeqNum number((*found_)[listed_]);
      const auto listing = listing_of(view, number, wanted, octets);
      if (!listing) return fail(listing.error());
      const auto key = sort_key(args_.order, view.facts(number), *listing, state_.comparator);
      if (auto added = sorter_.add(number.value(), key); !added) return fail(added.error());
    }
    return true;
  }

  void end(Responder& responder) {
    found_ = sorter_.take_order();
    Key& root = args_.program.root;
    const bool with_modseq = asks(root, Ask::modseq);
    if (args_.options.has(Return::update)) {
      keep_alive(state_, std::move(root), std::move(args_.order), *found_, responder);
    }
    answer_ = conclude(state_, "SORT", args_.options, *found_, with_modseq);
  }

  Args args_;
  State& state_;
  std::optional<Scan> scan_;
  std::optional<std::vector<std::uint32_t>> found_;
  std::size_t listed_ = 0;
  Sorter sorter_;
  std::optional<Answer> answer_;
  InProgress progress_;
};

}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(return_options(c, args.options) && c.sp() && sort_criteria(c, args.order) && c.sp() &&
                    charset_and_keys(c, args.program));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  if (const auto refused = refusal_of(state, args.program, args.options)) {
    return once([reply = *refused](Responder& responder) { responder.finish(reply); });
  }
  return std::make_unique<Sort>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::sort
