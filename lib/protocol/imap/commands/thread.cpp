#include "protocol/imap/commands/thread.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/imap/in_progress.h"
#include "protocol/imap/listing.h"
#include "protocol/imap/search_answer.h"
#include "protocol/imap/search_scan.h"

namespace posthorn::imap::commands::thread {

namespace {

using namespace imap::search;
using threading::Algorithm;

struct Row {
  View word;
  Algorithm algorithm;
};
constexpr std::array kRows{Row{"ORDEREDSUBJECT", Algorithm::ordered_subject}, Row{"REFERENCES", Algorithm::references},
                           Row{"REFS", Algorithm::refs}};

class Thread final : public Execution {
 public:
  Thread(Args args, State& state) : args_(std::move(args)), state_(state), threader_(args_.algorithm) {}

  Progress step(Responder& responder) override {
    if (!scan_) scan_.emplace(args_.program.root, *state_.selected, surroundings(state_));
    if (!threads_) {
      const auto done = found_ ? list() : look();
      if (!done) {
        responder.refuse(done.error());
        return Progress::done;
      }
      if (!*done) {
        progress_.tell(state_, scan_->asked() + listed_, 2 * scan_->goal(), responder);
        return Progress::more;
      }
      threads_ = threader_.take_threads();
      responder.raw(threads_->empty() ? "* THREAD" : "* THREAD ");
    }
    for (; written_ < threads_->size(); ++written_) {
      if (responder.full()) return Progress::more;
      responder.raw((*threads_)[written_]);
    }
    responder.end();
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

  Result<bool> list() {
    SelectedMailbox& view = *state_.selected;
    std::uint64_t octets = 0;
    for (std::uint32_t some = 0; listed_ < found_->size(); ++listed_, ++some) {
      if (some == kMessagesPerStep || octets > kOctetsPerStep) return false;
      const SeqNum number((*found_)[listed_]);
      const auto listing = listing_of(view, number, Bits<Listed>(Listed::links) | Listed::date, octets);
      if (!listing) return fail(listing.error());
      const MessageFacts& facts = view.facts(number);
      threader_.add(state_.by_uid ? facts.uid.value() : number.value(), listing->sent, facts.internal_date,
                    listing->links, collated(state_.comparator, listing->links.subject.text));
    }
    return true;
  }

  Args args_;
  State& state_;
  threading::Threader threader_;
  std::optional<Scan> scan_;
  std::optional<std::vector<std::uint32_t>> found_;
  std::size_t listed_ = 0;
  std::optional<std::vector<std::string>> threads_;
  std::size_t written_ = 0;
  InProgress progress_;
};

bool algorithm(Cursor& c, Algorithm& out) {
  View word;
  if (!atom(c, word)) return false;
  const auto* row = std::ranges::find_if(kRows, [&](const Row& r) { return same_word(r.word, word); });
  if (row == kRows.end()) return c.fail(Code::syntax, "an unknown threading algorithm");
  out = row->algorithm;
  return true;
}

}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && algorithm(c, args.algorithm) && c.sp() && charset_and_keys(c, args.program));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  if (const auto refused = refusal_of(state, args.program, {})) {
    return once([reply = *refused](Responder& responder) { responder.finish(reply); });
  }
  return std::make_unique<Thread>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::thread
