#include "protocol/imap/commands/replace.h"

#include <utility>

#include "protocol/imap/append_run.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::replace {

Result<Args> parse(Cursor& c) {
  Args args;
  std::uint32_t number = SequenceSet::kStar;
  if (!c.sp()) return c.finish(std::move(args));
  if (!c.try_octet('*') && c.number(number) && number == SequenceSet::kStar) {
    c.fail(Code::syntax, "message numbers start at 1");
  }
  args.message.add({number, number});
  if (!(c.sp() && mailbox(c, args.target) && args.data.read(c))) return c.finish(std::move(args));
  if (args.data.wants_argument()) c.fail(Code::syntax, "the octets of a URL");
  return c.finish(std::move(args));
}

namespace {
class Replace final : public AppendRun {
 public:
  Replace(Args args, State& state)
      : AppendRun(std::move(args.data), state), message_(std::move(args.message)), target_(std::move(args.target)) {}

 private:
  std::unique_ptr<Append> open(Responder& responder) override {
    SelectedMailbox& selected = *state().selected;
    if (selected.read_only()) {
      responder.finish(kReadOnly);
      return nullptr;
    }
    const auto found = state().messages(message_);
    if (!found || found->empty()) {
      responder.refuse(found ? peer_error(Code::not_found, "message") : found.error());
      return nullptr;
    }
    auto append = selected.replace(SeqNum(found->front().first), target_);
    if (append) return std::move(*append);
    responder.refuse(append.error(), Missing::target);
    return nullptr;
  }

  // The new message is known before the old one goes (RFC 8508 section 3.3).
  Progress tell(const AppendOutcome& outcome, Responder& responder) override {
    if (!news_) {
      responder.untagged(Status::ok, appenduid(outcome), "Replacement stored");
      news_ = News(outcome.changes);
      responder.ok("Replaced");
    }
    return news_->tell(*state().selected, responder) ? Progress::done : Progress::more;
  }

  SequenceSet message_;
  std::string target_;
  std::optional<News> news_;
};
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<Replace>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::replace
