#include "protocol/imap/commands/select.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::select {

namespace {
constexpr std::uint32_t kHighestUid = std::numeric_limits<std::uint32_t>::max();
/// Ranges in one VANISHED response.
constexpr std::size_t kRangesPerLine = 500;
/// Messages looked at in one step: others of the process get their turn in between.
constexpr std::uint32_t kMessagesPerStep = 50'000;

/// "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"
bool known_state(Cursor& c, Known& out) {
  std::uint64_t validity = 0;
  std::uint64_t modseq = 0;
  if (!(c.octet('(') && c.number(validity) && c.sp() && c.number(modseq))) return false;
  if (validity == 0 || validity > kHighestUid) return c.fail(Code::syntax, "a UIDVALIDITY");
  out.uid_validity = static_cast<std::uint32_t>(validity);
  out.modseq = ModSeq(modseq);
  while (c.try_sp()) {
    if (c.try_octet('(')) {
      // Pairs of numbers and UIDs would only make the list of what vanished shorter; it is exact here.
      SequenceSet numbers;
      SequenceSet uids;
      if (!(sequence_set(c, numbers) && c.sp() && sequence_set(c, uids) && c.octet(')'))) return false;
    } else if (!out.uids) {
      if (!sequence_set(c, out.uids.emplace())) return false;
      if (out.uids->is_saved_result()) return c.fail(Code::syntax, "known UIDs");
    } else {
      return c.fail(Code::syntax, "one set of UIDs");
    }
  }
  return c.octet(')');
}

bool parameters(Cursor& c, Args& args) {
  do {
    if (c.try_word("CONDSTORE")) {
      args.condstore = true;
    } else if (args.known || !(c.word("QRESYNC") && c.sp() && known_state(c, args.known.emplace()))) {
      return c.fail(Code::syntax, "a parameter of SELECT");
    }
  } while (c.try_sp());
  return c.octet(')');
}

bool is_read_only(const SelectedMailbox& view) {
  // RFC 4314 section 5.2: whoever can change nothing in it is told so.
  constexpr Rights kChanging = Right::insert | Right::expunge | Right::write | Right::set_deleted | Right::seen;
  return view.read_only() || (view.rights() & kChanging).empty();
}

/// The flags that this user can keep (RFC 9051 section 7.1, RFC 4314 section 5.1).
std::string permanent_flags(const SelectedMailbox& view, const std::string& keywords) {
  if (view.read_only()) return {};
  struct Flag {
    View words;
    Right right;
  };
  const std::string last = keywords + "\\*";
  const Flag flags[] = {{"\\Answered", Right::write}, {"\\Flagged", Right::write}, {"\\Deleted", Right::set_deleted},
                        {"\\Seen", Right::seen},      {"\\Draft", Right::write},   {last, Right::write}};
  std::string out;
  for (const Flag& flag : flags) {
    if (!view.rights().has(flag.right)) continue;
    if (!out.empty()) out += ' ';
    out += flag.words;
  }
  return out;
}

class Select final : public Execution {
 public:
  Select(Args args, bool read_only, State& state) : args_(std::move(args)), read_only_(read_only), state_(state) {}

  Progress step(Responder& responder) override {
    if (!opened_ && !open(responder)) return Progress::done;
    if (!tell_vanished(responder) || !tell_changed(responder)) return Progress::more;
    responder.finish(Status::ok, is_read_only(*state_.selected) ? "READ-ONLY" : "READ-WRITE", "Selected");
    return Progress::done;
  }

 private:
  bool open(Responder& responder) {
    // Even when this fails, the old mailbox is not selected any more (RFC 9051 section 6.3.2).
    if (state_.selected != nullptr) responder.untagged(Status::ok, "CLOSED", "The old mailbox is closed");
    state_.deselect();
    auto view = state_.mailboxes->select(args_.name, read_only_);
    if (!view) {
      responder.refuse(view.error());
      return false;
    }
    opened_ = true;
    state_.selected = std::move(*view);
    state_.selected_name = args_.name;
    if (args_.condstore || args_.known) state_.enabled.condstore = true;
    responder.set_enabled(state_.enabled);
    describe(responder);
    return resynchronise(responder);
  }

  void describe(Responder& responder) {
    SelectedMailbox& view = *state_.selected;
    std::string keywords;
    for (const std::string& keyword : view.keywords()) (keywords += keyword) += ' ';
    const MailboxStatus status = view.status();
    std::string known = "\\Answered \\Flagged \\Deleted \\Seen \\Draft " + keywords;
    known.pop_back();
    responder.untagged("FLAGS (" + known + ")");
    responder.raw("* ").number(view.exists()).raw(" EXISTS").end();
    if (state_.enabled.rev2) {
      responder.raw("* LIST () \"").raw(View(&kDelimiter, 1)).raw("\" ").mailbox(args_.name).end();
    } else {
      responder.untagged("0 RECENT");
      if (status.unseen > 0 && !state_.enabled.uidonly) tell_first_unseen(responder);
    }
    const auto tell = [&](View word, std::uint64_t value, View text) {
      responder.untagged(Status::ok, own(word) + ' ' + std::to_string(value), text);
    };
    tell("UIDVALIDITY", status.uid_validity.value(), "UIDs are valid");
    tell("UIDNEXT", status.uid_next.value(), "The next UID");
    tell("HIGHESTMODSEQ", status.highest_modseq.value(), "The highest so far");
    if (!status.mailbox_id.empty()) responder.untagged(Status::ok, "MAILBOXID (" + status.mailbox_id + ")", "Its id");
    responder.untagged(Status::ok, "PERMANENTFLAGS (" + permanent_flags(view, keywords) + ")", "What can be kept");
  }

  void tell_first_unseen(Responder& responder) {
    SelectedMailbox& view = *state_.selected;
    for (std::uint32_t n = 1; n <= view.exists(); ++n) {
      if (view.facts(SeqNum(n)).flags.has(SystemFlag::seen)) continue;
      responder.untagged(Status::ok, "UNSEEN " + std::to_string(n), "The first unseen message");
      return;
    }
  }

  /// Finds what the client has not heard of; false: it could not, and the mailbox is closed.
  bool resynchronise(Responder& responder) {
    at_ = state_.selected->exists();
    if (!args_.known || args_.known->uid_validity != state_.selected->status().uid_validity.value()) return true;
    auto vanished = state_.selected->vanished_since(args_.known->modseq);
    if (!vanished) {
      state_.deselect();
      responder.refuse(vanished.error());
      return false;
    }
    known_ = {{1, kHighestUid}};
    if (args_.known->uids) known_ = args_.known->uids->resolve(kHighestUid);
    vanished_ = common(*vanished, known_);
    at_ = 0;
    return true;
  }

  bool tell_vanished(Responder& responder) {
    for (; told_ < vanished_.size(); told_ = std::min(vanished_.size(), told_ + kRangesPerLine)) {
      if (responder.full()) return false;
      responder.vanished(std::span(vanished_).subspan(told_, std::min(kRangesPerLine, vanished_.size() - told_)), true);
    }
    return true;
  }

  bool tell_changed(Responder& responder) {
    SelectedMailbox& view = *state_.selected;
    for (std::uint32_t looked = 0; at_ < view.exists(); ++looked) {
      if (responder.full() || looked == kMessagesPerStep) return false;
      const SeqNum number(++at_);
      const std::uint32_t uid = view.uid_at(number).value();
      while (range_ < known_.size() && known_[range_].last < uid) ++range_;
      if (range_ == known_.size()) return true;
      if (known_[range_].first > uid) continue;
      const MessageFacts& facts = view.facts(number);
      if (facts.modseq > args_.known->modseq) responder.flags_of(number, facts);
    }
    return true;
  }

  const Args args_;
  const bool read_only_;
  State& state_;
  bool opened_ = false;
  std::vector<Range> known_;     // UIDs that the client knows
  std::vector<Range> vanished_;  // among known_
  std::size_t told_ = 0;         // of vanished_
  std::size_t range_ = 0;        // of known_
  std::uint32_t at_ = 0;         // messages that were looked at for changes
};
}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  if (c.sp() && mailbox(c, args.name) && c.try_sp()) static_cast<void>(c.octet('(') && parameters(c, args));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> open(Args args, bool read_only, State& state) {
  // RFC 7162 section 3.2.5: only after ENABLE QRESYNC.
  if (args.known && !state.enabled.qresync) return fail(peer_error(Code::bad_state, "QRESYNC is not enabled"));
  return std::make_unique<Select>(std::move(args), read_only, state);
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) { return open(std::move(args), false, state); }

}  // namespace posthorn::imap::commands::select
