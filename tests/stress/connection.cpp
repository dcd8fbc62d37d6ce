#include "stress/connection.h"

#include <algorithm>
#include <set>

namespace posthorn::stress {

namespace ask = imap::ask;
namespace response = imap::response;

namespace {

/// A server that is silent for so long while it owes an answer is stuck.
constexpr imap::ClientLimits kLimits = {.answer = std::chrono::seconds(100)};

std::vector<std::uint32_t> numbers_in(const std::vector<imap::Range>& ranges) {
  std::vector<std::uint32_t> out;
  for (const imap::Range& range : ranges) {
    for (std::uint64_t n = range.first; n <= range.last; ++n) out.push_back(static_cast<std::uint32_t>(n));
  }
  return out;
}

}  // namespace

void Dialogue::add(View side, View octets) {
  if (octets.empty()) return;
  lines_.push_back(own(side) + own(octets.substr(0, kWidth)) + (octets.size() > kWidth ? "..." : ""));
  if (lines_.size() > kLines) lines_.pop_front();
}

std::string Dialogue::text() const {
  std::string out;
  for (const std::string& line : lines_) out += line + "\n";
  return out;
}

Connection::Connection(Member& member, std::unique_ptr<Conversation> server, TimePoint now)
    : member_(member), server_(std::move(server)), session_(now, kLimits) {}

Connection::~Connection() {
  for (const Pending& pending : pending_) {
    if (pending.act != Act::store || view_ == nullptr) continue;
    view_->undo(pending);
    if (!pending.flags.own_keyword) continue;
    for (const std::uint32_t uid : pending.uids) member_.keyword.unsettled({view_->box(), uid});
  }
  forget_view();
}

std::string Connection::text() const {
  std::string out = facts_.logged_in ? "logged in" : "not logged in";
  if (view_) out += ", " + own(kMailboxes.at(view_->box()));
  for (const Pending& pending : pending_) out += ", " + own(name_of(pending.act));
  return out + "\n" + dialogue_.text();
}

void Connection::push(imap::ClientCommand command, Pending pending) {
  const auto id = session_.send(std::move(command));
  if (!id) {
    facts_.over = true;
    return;
  }
  pending.id = *id;
  if (pending.act == Act::store && pending.flags.own_keyword) member_.keyword.sending(view_->box(), pending.uids);
  pending_.push_back(std::move(pending));
  if (pending_.size() == 1) begin_next();
}

void Connection::send(Asked asked) { push(std::move(asked.command), std::move(asked.pending)); }

bool Connection::may_be_cut() const {
  if (member_.site.faults) return true;
  if (pending_.empty() || pending_.front().act != Act::fetch || view_ == nullptr) return false;
  return std::ranges::any_of(pending_.front().uids, [&](std::uint32_t uid) {
    const auto letter = member_.site.ledger.letter_at({view_->box(), uid});
    return letter && letter->is_large();
  });
}

void Connection::begin_next() {
  if (!pending_.empty() && view_ != nullptr) view_->begin(pending_.front());
}

void Connection::log_in() {
  push(ask::login(kLogin, Secret(kPassword)), {.act = Act::login});
  if (!member_.style.enable.empty()) push(ask::enable(member_.style.enable), {.act = Act::enable});
}

void Connection::select(std::size_t box) {
  Pending pending{.act = Act::select, .box = box, .read_only = member_.dice.one_in(10)};
  pending.floor = member_.site.ledger.floor(box);
  const Manner& manner = member_.style.manner;
  ask::SelectOptions options{.read_only = pending.read_only, .condstore = manner.modseqs && !manner.qresync};
  forget_view();
  next_view_ = std::make_unique<ViewModel>(ViewModel::Shared{member_.site.ledger, member_.keyword, member_.complain},
                                           box, manner, pending.floor);
  const auto saved = member_.saved.find(box);
  if (manner.qresync && saved != member_.saved.end()) {
    options.qresync = {imap::UidValidity(saved->second.uid_validity), imap::ModSeq(saved->second.modseq)};
    std::vector<imap::Uid> known;
    for (const SeenMessage& message : saved->second.messages) known.emplace_back(message.uid);
    const bool listed = !known.empty() && member_.dice.one_in(3);
    if (listed) options.qresync->known = imap::ranges_of(known);
    next_view_->resume(saved->second, listed);
  }
  if (view_ == nullptr) view_ = std::move(next_view_);
  push(ask::select(kMailboxes.at(box), options), std::move(pending));
}

void Connection::leave() {
  forget_view();
  const bool closes = member_.dice.one_in(2);
  push(closes ? ask::close() : ask::unselect(), {.act = Act::close});
}

// What is known now may be resumed later; at times from an older state, which must do as well.
void Connection::forget_view() {
  if (view_ == nullptr || !member_.style.manner.qresync) return;
  if (auto saved = view_->save(); saved && !member_.dice.one_in(4)) member_.saved[view_->box()] = std::move(*saved);
}

void Connection::idle() { push(ask::idle(), {.act = Act::idle}); }

bool Connection::carry() {
  const auto some = [&](View octets) {
    return octets.substr(0, member_.dice.one_in(4) ? 1 + member_.dice.roll(octets.size()) : octets.size());
  };
  const View asked = some(session_.transmit());
  if (!asked.empty()) {
    dialogue_.add("C: ", asked);
    server_->receive(asked);
    session_.transmitted(asked.size());
  }
  const View told = some(server_->transmit());
  const bool moved = !asked.empty() || !told.empty();
  if (!told.empty()) {
    dialogue_.add("S: ", told);
    session_.receive(told);
    server_->transmitted(told.size());
  }
  return moved;
}

bool Connection::hear(TimePoint now) {
  bool heard = false;
  while (!facts_.over) {
    imap::ClientEvent event = session_.next(now);
    if (std::holds_alternative<NeedInput>(event)) break;
    heard = true;
    take(std::move(event));
  }
  return heard;
}

void Connection::take(imap::ClientEvent event) {
  if (const auto* data = std::get_if<imap::Received>(&event)) received(data->data);
  if (const auto* done = std::get_if<imap::Completed>(&event)) {
    if (pending_.empty() || pending_.front().id != done->command) return complain("an answer in the wrong order");
    completed(done->state);
  }
  if (const auto* want = std::get_if<imap::WantContent>(&event)) {
    const auto asked = std::ranges::find(pending_, want->command, &Pending::id);
    if (asked == pending_.end() || asked->given == asked->letters.size()) return complain("a content too many");
    session_.content(content_of(asked->letters[asked->given++]));
  }
  if (std::holds_alternative<imap::Idling>(event)) facts_.idles = true;
  if (const auto* bad = std::get_if<imap::Unreadable>(&event)) complain("cannot be read: " + bad->text);
  if (const auto* bad = std::get_if<Violation>(&event)) complain("no IMAP: " + bad->note);
  if (std::holds_alternative<Closed>(event)) {
    facts_.over = true;
    if (!may_be_cut()) complain("the server closed the connection");
  }
}

void Connection::received(const response::Data& data) {
  Pending* running = pending_.empty() ? nullptr : &pending_.front();
  if (const auto* state = std::get_if<response::State>(&data)) {
    if (response::is(state->code, response::Word::closed) && next_view_ != nullptr) view_ = std::move(next_view_);
    const auto* copy = std::get_if<response::CopyUid>(&state->code);
    if (copy != nullptr && running != nullptr) copied(*running, *copy);
  }
  if (const auto* search = std::get_if<response::Found>(&data)) found(search->numbers, running && running->by_uid);
  if (const auto* search = std::get_if<response::ESearch>(&data)) found(numbers_in(search->all), search->uids);
  if (const auto* status = std::get_if<response::MailboxState>(&data)) told_status(*status);
  if (view_ != nullptr) view_->hear(data, running);
}

void Connection::found(std::vector<std::uint32_t> numbers, bool uids) {
  Pending* asked = pending_.empty() ? nullptr : &pending_.front();
  const bool fits = asked != nullptr && (asked->act == Act::search || asked->act == Act::sort);
  if (!fits || view_ == nullptr) return complain("a result that nobody asked for");
  asked->answered = true;
  if (uids != asked->by_uid) return complain("UIDs and message numbers are confused");
  const auto& messages = view_->messages();
  const std::set<std::uint32_t> all(numbers.begin(), numbers.end());
  if (all.size() != numbers.size()) complain("a message was found twice");
  if (!uids && !all.empty() && (*all.begin() == 0 || *all.rbegin() > messages.size()))
    complain("found what is not here");
  std::size_t matched = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Place place{view_->box(), messages[i].uid};
    const bool is_in = all.contains(uids ? place.uid : static_cast<std::uint32_t>(i + 1));
    if (is_in) ++matched;
    if (place.uid == 0) continue;
    const auto letter = member_.site.ledger.letter_at(place);
    switch (asked->question.what) {
      case Question::What::everything:
        if (!is_in) complain(name_of(place) + " was not found among all");
        break;
      case Question::What::own_keyword:
        member_.keyword.check(place, is_in ? member_.keyword.word() : "", member_.complain);
        break;
      case Question::What::letter:
        if (is_in && letter && !name_of(*letter).starts_with(name_of(asked->question.letter)))
          complain(name_of(place) + " was found by " + name_of(asked->question.letter));
        if (!is_in && letter == asked->question.letter)
          member_.site.ledger.doubt(place, name_of(place) + " was not found by its name", member_.complain);
        break;
    }
  }
  if (uids && matched != all.size() && view_->complete()) complain("found UIDs that are not here");
}

void Connection::told_status(const response::MailboxState& state) {
  if (pending_.empty() || pending_.front().act != Act::status) return complain("a STATUS that nobody asked for");
  const Pending& asked = pending_.front();
  Ledger& ledger = member_.site.ledger;
  if (state.mailbox != kMailboxes.at(asked.box)) return complain("STATUS of " + state.mailbox);
  if (!state.uid_next || !state.uid_validity || !state.highest_modseq || !state.messages) {
    return complain("STATUS leaves things out");
  }
  ledger.hear_validity(asked.box, state.uid_validity->value(), member_.complain);
  ledger.hear_uid_next(asked.box, state.uid_next->value(), asked.floor, member_.complain);
  ledger.hear_highest(asked.box, state.highest_modseq->value(), asked.floor, member_.complain);
}

void Connection::copied(Pending& pending, const response::CopyUid& code) {
  const std::vector<std::uint32_t> source = numbers_in(code.source);
  const std::vector<std::uint32_t> target = numbers_in(code.target);
  const bool fits = (pending.act == Act::copy || pending.act == Act::move) && source.size() == target.size();
  if (!fits || view_ == nullptr) return complain("COPYUID does not fit");
  Ledger& ledger = member_.site.ledger;
  ledger.hear_validity(pending.box, code.uid_validity.value(), member_.complain);
  std::vector<Letter> letters;
  std::vector<Place> from;
  for (const std::uint32_t uid : source) {
    const auto named = std::ranges::find(pending.uids, uid);
    if (named == pending.uids.end()) return complain("COPYUID of UID " + std::to_string(uid) + ", which was not named");
    const auto letter = pending.letters.begin() + (named - pending.uids.begin());
    letters.push_back(*letter);
    from.push_back({view_->box(), uid});
    pending.letters.erase(letter);
    pending.uids.erase(named);
  }
  pending.answered = true;
  ledger.arrived(pending.box, target, letters, from, pending.floor, member_.complain);
  if (pending.act != Act::move) return;
  for (const Place place : from) ledger.hear_removed(place);
}

bool Connection::is_excused(const Pending& pending, const response::State& state) const {
  if (state.condition != response::Condition::no) return false;
  if (member_.site.faults) return true;
  if (pending.act == Act::store) return pending.read_only;
  const bool reads = pending.act == Act::fetch || pending.act == Act::copy || pending.act == Act::move ||
                     pending.act == Act::search || pending.act == Act::sort;
  return reads && response::is(state.code, response::Word::expunge_issued);
}

void Connection::completed(const response::State& state) {
  Pending pending = std::move(pending_.front());
  const bool ok = state.condition == response::Condition::ok;
  if (!ok && !is_excused(pending, state)) complain(own(name_of(pending.act)) + " was refused: " + state.text);
  ++member_.answered;
  switch (pending.act) {
    case Act::login:
      facts_.logged_in = ok;
      facts_.over = facts_.over || !ok;
      break;
    case Act::enable: facts_.over = facts_.over || !ok; break;
    case Act::select: selected(pending, state); break;
    case Act::close:
      if (ok) view_.reset();
      break;
    case Act::idle: facts_.idles = false; break;
    case Act::append: appended(pending, state); break;
    case Act::store: stored(pending, state); break;
    case Act::copy:
    case Act::move: transferred(pending, state); break;
    case Act::search:
    case Act::sort:
    case Act::fetch:
    case Act::expunge:
    case Act::noop:
    case Act::status: break;
  }
  const bool finds = pending.act == Act::search || pending.act == Act::sort;
  if (ok && finds && !pending.answered) complain("no result");
  if (view_ != nullptr && pending.act != Act::select) view_->hear(state.code);
  pending_.pop_front();
  begin_next();
}

void Connection::selected(const Pending& pending, const response::State& state) {
  if (next_view_ != nullptr) {
    if (state.condition == response::Condition::ok) complain("SELECT did not close the old mailbox");
    next_view_.reset();
  }
  if (state.condition != response::Condition::ok) {
    view_.reset();
    return;
  }
  facts_.read_only = pending.read_only;
  const auto expected = pending.read_only ? response::Word::read_only : response::Word::read_write;
  if (!response::is(state.code, expected)) complain("SELECT is read-only, or EXAMINE is not");
  view_->opened();
}

void Connection::appended(const Pending& pending, const response::State& state) {
  Ledger& ledger = member_.site.ledger;
  if (state.condition != response::Condition::ok) {
    if (!member_.site.faults) ledger.failed(pending.letters);
    return;
  }
  const auto* code = std::get_if<response::AppendUid>(&state.code);
  if (code == nullptr) return complain("APPEND without APPENDUID");
  ledger.hear_validity(pending.box, code->uid_validity.value(), member_.complain);
  ledger.arrived(pending.box, numbers_in(code->uids), pending.letters, {}, pending.floor, member_.complain);
}

void Connection::stored(const Pending& pending, const response::State& state) {
  if (view_ == nullptr) return complain("STORE without a mailbox");
  const bool ok = state.condition == response::Condition::ok;
  if (ok && pending.read_only) complain("STORE into a mailbox that is read-only");
  if (!ok && !pending.read_only) view_->undo(pending);
  // A store that fails leaves it for the next command to tell what others changed.
  if (ok && !member_.site.faults) view_->settle();
  std::set<std::uint32_t> left;
  if (const auto* modified = std::get_if<response::Modified>(&state.code)) {
    for (const std::uint32_t number : numbers_in(modified->messages)) {
      const bool is_here = pending.by_uid || (number >= 1 && number <= view_->messages().size());
      if (!is_here) return complain("MODIFIED of what is not here");
      left.insert(pending.by_uid ? number : view_->messages()[number - 1].uid);
    }
    if (!pending.flags.conditional) complain("MODIFIED without a condition");
  }
  if (!pending.flags.own_keyword) return;
  const bool named = has_word(pending.flags.words, member_.keyword.word());
  const bool on = named && pending.flags.change != imap::FlagChange::remove;
  for (const std::uint32_t uid : pending.uids) {
    if (ok && !left.contains(uid)) {
      member_.keyword.settled({view_->box(), uid}, on);
    } else {
      member_.keyword.unsettled({view_->box(), uid});
    }
  }
}

void Connection::transferred(Pending& pending, const response::State& state) {
  const bool ok = state.condition == response::Condition::ok;
  if (const auto* code = std::get_if<response::CopyUid>(&state.code)) copied(pending, *code);
  if (!ok && pending.answered) complain(own(name_of(pending.act)) + " was refused after it was done");
  // Those that were not copied had been removed before.
  if (ok || !member_.site.faults) member_.site.ledger.failed(pending.letters);
}

}  // namespace posthorn::stress
