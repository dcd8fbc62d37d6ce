#include "protocol/imap/commands/uidbatches.h"

#include <algorithm>
#include <utility>

namespace posthorn::imap::commands::uidbatches {

namespace {
bool nz_number(Cursor& c, std::uint32_t& out) { return c.number(out) && (out > 0 || c.fail(Code::syntax, "zero")); }

class UidBatches final : public Execution {
 public:
  UidBatches(Args args, State& state) : args_(args), state_(state) {}

  Progress step(Responder& responder) override {
    if (batch_ == 0) begin(responder);
    const SelectedMailbox& view = *state_.selected;
    while (left_ > 0 && batch_ <= args_.last) {
      if (responder.full()) return Progress::more;
      const std::uint32_t count = std::min(left_, args_.size);
      responder.raw(batch_ == args_.first ? " " : ",").number(view.uid_at(SeqNum(left_)).value());
      if (count > 1) responder.raw(":").number(view.uid_at(SeqNum(left_ - count + 1)).value());
      left_ -= count;
      ++batch_;
    }
    responder.end();
    responder.ok("Done");
    return Progress::done;
  }

 private:
  void begin(Responder& responder) {
    responder.raw("* UIDBATCHES (TAG ").string(state_.tag).raw(")");
    batch_ = args_.first;
    const std::uint32_t all = state_.selected->exists();
    const std::uint64_t passed = std::uint64_t{args_.first - 1} * args_.size;
    left_ = passed < all ? all - static_cast<std::uint32_t>(passed) : 0;
  }

  const Args args_;
  State& state_;
  std::uint32_t batch_ = 0;  // that comes next; 0: not begun
  std::uint32_t left_ = 0;   // messages below the batches that are written
};
}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  if (c.sp() && nz_number(c, args.size) && c.try_sp() && nz_number(c, args.first)) {
    args.last = args.first;
    if (c.try_octet(':') && nz_number(c, args.last) && args.last < args.first) std::swap(args.first, args.last);
  }
  return c.finish(args);
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) { return std::make_unique<UidBatches>(args, state); }

}  // namespace posthorn::imap::commands::uidbatches
