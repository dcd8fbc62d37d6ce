#include "protocol/imap/commands/store.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "protocol/imap/enabling.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::store {

namespace {
/// "(UNCHANGEDSINCE" SP mod-sequence-value ")" SP
bool modifier(Cursor& c, Args& args) {
  if (!c.try_octet('(')) return true;
  std::uint64_t modseq = 0;
  if (!(c.word("UNCHANGEDSINCE") && c.sp() && c.number(modseq) && c.octet(')') && c.sp())) return false;
  args.unchanged_since = ModSeq(modseq);
  return true;
}
}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  if (!(c.sp() && sequence_set(c, args.set) && c.sp() && modifier(c, args))) return c.finish(std::move(args));
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
      if (args_.silent) {
        responder.modseq_of(messages_[at_], facts, state_.by_uid);
      } else {
        responder.flags_of(messages_[at_], facts, state_.by_uid);
      }
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
    if (args_.unchanged_since) enable_condstore(state_, responder);
    const auto left = state_.selected->store_flags(messages_, args_.change, args_.flags, args_.unchanged_since);
    if (!left) {
      responder.refuse(left.error());
      return false;
    }
    stored_ = true;
    note_changes();
    responder.ok("Done");
    if (!left->empty()) report_left(*left, responder);
    // With CONDSTORE the client hears of the new MODSEQ even so (RFC 7162 section 3.1.3).
    if (args_.silent && !state_.enabled.condstore) messages_.clear();
    return true;
  }

  /// Searches that are kept up to date may find other messages now.
  void note_changes() {
    if (state_.contexts.empty()) return;
    std::vector<Change> changes;
    for (const SeqNum number : messages_) {
      changes.push_back({Change::Kind::flags, number, state_.selected->uid_at(number)});
    }
    state_.contexts.take(changes);
  }

  /// Says which messages failed the condition; poll() tells their flags.
  void report_left(const std::vector<Uid>& left, Responder& responder) {
    std::erase_if(messages_,
                  [&](SeqNum number) { return std::ranges::binary_search(left, state_.selected->uid_at(number)); });
    responder.finish(Status::ok, "MODIFIED " + (state_.by_uid ? uid_set(left) : numbers_of(left)),
                     "Some were modified");
  }

  [[nodiscard]] std::string numbers_of(const std::vector<Uid>& uids) const {
    std::vector<Range> numbers;
    for (const Uid uid : uids) {
      const auto number = state_.selected->number_of(uid);
      if (!number) continue;
      const bool joins = !numbers.empty() && numbers.back().last + 1 == number->value();
      if (joins) {
        numbers.back().last = number->value();
      } else {
        numbers.push_back({number->value(), number->value()});
      }
    }
    return number_set(numbers);
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
