#include "protocol/imap/commands/search.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "protocol/imap/replies.h"
#include "protocol/imap/search_match.h"

namespace posthorn::imap::commands::search {

namespace {

/// Octets read, and messages asked, in one step: others of the process get their turn in between.
constexpr std::uint64_t kOctetsPerStep = 8U << 20U;
constexpr std::uint32_t kMessagesPerStep = 50'000;

class Search final : public Execution {
 public:
  Search(Args args, State& state) : state_(state), matcher_(std::move(args.program.root), *state.selected) {}

  Progress step(Responder& responder) override {
    if (!searched_ && !look(responder)) return Progress::more;
    return write(responder) ? Progress::done : Progress::more;
  }

 private:
  bool look(Responder& responder) {
    const std::uint64_t budget = matcher_.octets_read() + kOctetsPerStep;
    SelectedMailbox& view = *state_.selected;
    for (std::uint32_t asked = 0; at_ < view.exists(); ++asked) {
      if (asked == kMessagesPerStep || matcher_.octets_read() > budget) return false;
      const SeqNum number(++at_);
      const auto found = matcher_.matches(number);
      if (!found) {
        responder.refuse(found.error());
        found_.clear();
        refused_ = true;
        break;
      }
      if (*found) found_.push_back(state_.by_uid ? view.uid_at(number).value() : number.value());
    }
    searched_ = true;
    return true;
  }

  bool write(Responder& responder) {
    if (refused_) return true;
    if (written_ == 0 && !begun_) responder.raw("* SEARCH");
    begun_ = true;
    for (; written_ < found_.size(); ++written_) {
      if (responder.full()) return false;
      responder.raw(" ").number(found_[written_]);
    }
    responder.end();
    responder.ok("Done");
    return true;
  }

  State& state_;
  imap::search::Matcher matcher_;
  std::vector<std::uint32_t> found_;
  std::uint32_t at_ = 0;
  std::size_t written_ = 0;
  bool searched_ = false;
  bool refused_ = false;
  bool begun_ = false;
};

}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  imap::search::program(c, args.program);
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  if (!args.program.charset_ok) return once([](Responder& responder) { responder.finish(kBadCharset); });
  return std::make_unique<Search>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::search
