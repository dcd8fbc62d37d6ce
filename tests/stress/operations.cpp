#include "stress/operations.h"

#include <algorithm>

namespace posthorn::stress {

namespace ask = imap::ask;
using imap::ClientCommand;
using imap::FlagChange;
using imap::Range;

namespace {

constexpr std::size_t kFull = 80;  // messages above which a mailbox rather shrinks
constexpr std::size_t kMost = 8;   // messages that one command names
constexpr View kCommonFlags[] = {"\\Seen", "\\Answered", "\\Flagged", "\\Draft", "$Forwarded", "common"};

std::vector<Range> ranges_of(const std::vector<std::uint32_t>& ascending) {
  std::vector<imap::Uid> uids;
  for (const std::uint32_t number : ascending) uids.emplace_back(number);
  return imap::ranges_of(uids);
}

View word_of(FlagChange change) {
  switch (change) {
    case FlagChange::replace: return " FLAGS";
    case FlagChange::add: return " +FLAGS";
    case FlagChange::remove: return " -FLAGS";
  }
  return "";
}

View items_of(const Manner& manner) { return manner.modseqs ? "(UID FLAGS MODSEQ)" : "(UID FLAGS)"; }

}  // namespace

View name_of(Act act) {
  constexpr View kNames[] = {"LOGIN", "ENABLE", "SELECT", "CLOSE", "NOOP", "IDLE",    "APPEND", "STORE",
                             "FETCH", "SEARCH", "SORT",   "COPY",  "MOVE", "EXPUNGE", "STATUS"};
  return kNames[static_cast<std::size_t>(act)];
}

Asked Operations::noop() { return {ask::noop(), {.act = Act::noop}}; }

Asked Operations::synchronise(const Scene& scene) {
  const auto& messages = scene.view->messages();
  const auto unknown = std::ranges::find(messages, 0U, &SeenMessage::uid);
  Pending pending{.act = Act::fetch, .by_uid = !scene.manner.numbers};
  if (!scene.manner.numbers) {
    return {ask::fetch(std::vector<Range>{{1, 0}}, items_of(scene.manner), {.uid = true}), std::move(pending)};
  }
  const bool all_told = unknown == messages.end();  // then it is flags that are not known
  const auto first = all_told ? 1 : static_cast<std::uint32_t>(unknown - messages.begin()) + 1;
  return {ask::fetch(std::vector<Range>{{first, 0}}, items_of(scene.manner)), std::move(pending)};
}

bool Operations::serves(std::uint32_t uid, Need need) const {
  if (uid == 0) return false;
  if (need == Need::any) return true;
  const std::optional<Letter> letter = ledger_.letter_at({scene_.view->box(), uid});
  if (!letter) return false;
  if (need == Need::own) return letter->client == client_;
  return need == Need::to_move || !letter->is_keeper();
}

Operations::Chosen Operations::pick(Need need, bool by_uid) {
  Chosen chosen;
  chosen.by_uid = by_uid;
  const auto& messages = scene_.view->messages();
  const std::size_t most = 1 + dice_.roll(kMost);
  const std::size_t start = dice_.roll(messages.size());
  const std::size_t sparse = 1 + dice_.roll(3);  // 1: a run
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = start; i < messages.size() && numbers.size() < most; ++i) {
    if (!serves(messages[i].uid, need) || !dice_.one_in(sparse)) continue;
    numbers.push_back(static_cast<std::uint32_t>(i) + 1);
    chosen.uids.push_back(messages[i].uid);
  }
  chosen.set = ranges_of(by_uid ? chosen.uids : numbers);
  return chosen;
}

bool Operations::full(std::size_t box) const {
  return scene_.view != nullptr && scene_.view->box() == box && scene_.view->messages().size() > kFull;
}

Asked Operations::append() {
  Pending pending{.act = Act::append, .box = dice_.roll(kMailboxes.size())};
  pending.floor = ledger_.floor(pending.box);
  ClientCommand command("APPEND");
  command.mailbox(kMailboxes.at(pending.box));
  const std::size_t count = dice_.one_in(4) ? 1 + dice_.roll(4) : 1;  // RFC 3502
  for (std::size_t i = 0; i < count; ++i) {
    const Letter letter{client_, ++written_};
    pending.letters.push_back(letter);
    if (dice_.one_in(3)) command.raw(dice_.one_in(2) ? " (\\Seen)" : " (\\Flagged common)");
    command.content(content_of(letter).size());
  }
  ledger_.sending(pending.letters);
  return {std::move(command), std::move(pending)};
}

Asked Operations::store_words(const Chosen& chosen, FlagPlan plan) {
  if (chosen.set.empty()) return noop();
  ClientCommand command((chosen.by_uid ? "UID STORE " : "STORE ") + imap::format_set(chosen.set));
  if (plan.conditional) command.raw(" (UNCHANGEDSINCE " + std::to_string(scene_.view->synced()) + ")");
  command.raw(word_of(plan.change));
  if (plan.silent) command.raw(".SILENT");
  command.raw(" (" + plan.words + ")");
  Pending pending{.act = Act::store, .by_uid = chosen.by_uid, .uids = chosen.uids, .flags = std::move(plan)};
  pending.read_only = scene_.read_only;
  if (has_word(pending.flags.words, "\\Deleted") && pending.flags.change != FlagChange::remove) {
    for (const std::uint32_t uid : chosen.uids) ledger_.may_go({scene_.view->box(), uid}, Removal::deleted);
  }
  return {std::move(command), std::move(pending)};
}

Asked Operations::store(bool by_uid) {
  FlagPlan plan;
  plan.silent = dice_.one_in(2);
  plan.change = dice_.one_in(3) ? FlagChange::remove : FlagChange::add;
  if (scene_.manner.modseqs && scene_.view->synced() > 0 && dice_.one_in(5)) plan.conditional = true;
  if (plan.conditional) plan.silent = false;
  const std::size_t kind = dice_.roll(8);
  if (kind < 3) {
    plan.words = keyword_.word();
    plan.own_keyword = true;
    return store_words(pick(Need::own, by_uid), std::move(plan));
  }
  if (kind == 3) {
    plan.change = FlagChange::replace;
    plan.words = own(kCommonFlags[dice_.roll(std::size(kCommonFlags))]);
    if (dice_.one_in(2)) plan.words += " " + keyword_.word();
    plan.own_keyword = true;
    return store_words(pick(Need::own, by_uid), std::move(plan));
  }
  if (kind == 4 || (kind == 5 && full(scene_.view->box()))) {
    plan.words = "\\Deleted";
    return store_words(pick(Need::to_delete, by_uid), std::move(plan));
  }
  plan.words = own(kCommonFlags[dice_.roll(std::size(kCommonFlags))]);
  return store_words(pick(Need::any, by_uid), std::move(plan));
}

Asked Operations::fetch(bool by_uid) {
  constexpr View kItems[] = {"(UID FLAGS)",         "(UID ENVELOPE RFC822.SIZE)",
                             "(UID BODY.PEEK[])",   "(UID BODY[] FLAGS)",
                             "(UID BODYSTRUCTURE)", "(UID BODY.PEEK[HEADER.FIELDS (Subject)])",
                             "(UID PREVIEW)",       "(UID INTERNALDATE FLAGS)"};
  const Chosen chosen = pick(Need::any, by_uid);
  if (chosen.set.empty()) return noop();
  std::string items = own(kItems[dice_.roll(std::size(kItems))]);
  if (scene_.manner.modseqs) items.insert(items.size() - 1, " MODSEQ");
  ask::FetchOptions options{.uid = by_uid};
  if (scene_.manner.qresync && by_uid && scene_.view->synced() > 0 && dice_.one_in(3)) {
    options.changed_since = imap::ModSeq(scene_.view->synced());
    options.vanished = true;
  }
  return {ask::fetch(chosen.set, items, options), {.act = Act::fetch, .by_uid = by_uid, .uids = chosen.uids}};
}

Asked Operations::search(bool by_uid) {
  Pending pending{.act = Act::search, .by_uid = by_uid};
  std::string keys = "ALL";
  const Chosen chosen = pick(Need::any, true);
  const auto letter = chosen.uids.empty() ? std::nullopt : ledger_.letter_at({scene_.view->box(), chosen.uids[0]});
  if (dice_.one_in(3)) {
    pending.question.what = Question::What::own_keyword;
    keys = "KEYWORD " + keyword_.word();
  } else if (letter && dice_.one_in(2)) {
    pending.question = {Question::What::letter, *letter};
    keys = (dice_.one_in(2) ? "SUBJECT \"" : "TEXT \"") + name_of(*letter) + "\"";
  }
  ask::SearchOptions options{.uid = by_uid};
  if (dice_.one_in(3)) options.results = "ALL";
  return {ask::search(keys, options), std::move(pending)};
}

Asked Operations::sort(bool by_uid) {
  constexpr View kCriteria[] = {"(SUBJECT)", "(ARRIVAL)", "(REVERSE SIZE)", "(FROM DATE)"};
  return {ask::sort(kCriteria[dice_.roll(std::size(kCriteria))], "UTF-8", "ALL", by_uid),
          {.act = Act::sort, .by_uid = by_uid}};
}

Asked Operations::transfer(bool by_uid) {
  const std::size_t target = dice_.roll(kMailboxes.size());
  const bool moves = scene_.read_only ? false : dice_.one_in(2) || full(scene_.view->box());
  const Chosen chosen = pick(moves ? Need::to_move : Need::to_copy, by_uid);
  if (chosen.set.empty() || (!moves && full(scene_.view->box()))) return noop();
  Pending pending{.act = moves ? Act::move : Act::copy, .by_uid = by_uid, .box = target, .uids = chosen.uids};
  pending.floor = ledger_.floor(target);
  const std::size_t box = scene_.view->box();
  for (const std::uint32_t uid : chosen.uids) {
    pending.letters.push_back(*ledger_.letter_at({box, uid}));
    if (moves) ledger_.may_go({box, uid}, Removal::moved);
  }
  ledger_.sending(pending.letters);
  const View name = kMailboxes.at(target);
  return {moves ? ask::move(chosen.set, name, by_uid) : ask::copy(chosen.set, name, by_uid), std::move(pending)};
}

Asked Operations::expunge(bool by_uid) {
  if (!by_uid) return {ask::expunge(), {.act = Act::expunge}};
  const Chosen chosen = pick(Need::any, true);
  if (chosen.set.empty()) return noop();
  return {ask::expunge(chosen.set), {.act = Act::expunge, .by_uid = true}};
}

// SEARCH saves what it found, and the next command names it (RFC 9051 section 6.4.4.1).
std::vector<Asked> Operations::saved_search() {
  std::vector<Asked> both;
  const bool by_uid = !scene_.manner.numbers || dice_.one_in(2);
  Pending first{.act = Act::search, .by_uid = by_uid, .question = {Question::What::own_keyword, {}}};
  both.push_back({ask::search("KEYWORD " + keyword_.word(), {.uid = by_uid, .results = "SAVE ALL"}), std::move(first)});
  const View items = scene_.manner.modseqs ? "FETCH $ (UID FLAGS MODSEQ)" : "FETCH $ (UID FLAGS)";
  both.push_back({ClientCommand((by_uid ? "UID " : "") + own(items)), {.act = Act::fetch, .by_uid = by_uid}});
  return both;
}

Asked Operations::elsewhere() {
  if (dice_.one_in(2)) return append();
  Pending pending{.act = Act::status, .box = dice_.roll(kMailboxes.size())};
  pending.floor = ledger_.floor(pending.box);
  return {ask::status(kMailboxes.at(pending.box), "MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ"), std::move(pending)};
}

Asked Operations::one(bool by_uid) {
  const std::size_t kind = dice_.roll(100);
  if (kind < 10) return noop();
  if (kind < 18) return full(scene_.view->box()) && !scene_.read_only ? expunge(by_uid) : elsewhere();
  if (kind < 36) return fetch(by_uid);
  if (kind < 46) return search(by_uid);
  if (kind < 50) return sort(by_uid);
  if (scene_.read_only && kind < 95) return fetch(by_uid);
  if (kind < 76 || (scene_.read_only && kind > 97)) return store(by_uid);
  if (kind < 90 || scene_.read_only) return transfer(by_uid);
  return expunge(by_uid);
}

std::vector<Asked> Operations::choose(const Scene& scene) {
  scene_ = scene;
  std::vector<Asked> asked;
  if (scene.view == nullptr) {
    asked.push_back(elsewhere());
    return asked;
  }
  if (dice_.one_in(25)) return saved_search();
  const bool only_uids = !scene.manner.numbers;
  asked.push_back(one(only_uids || dice_.one_in(2)));
  // Behind a command that may tell of removals no numbers can be meant.
  if (dice_.one_in(6)) asked.push_back(one(only_uids || !asked[0].pending.keeps_numbers() || dice_.one_in(2)));
  return asked;
}

}  // namespace posthorn::stress
