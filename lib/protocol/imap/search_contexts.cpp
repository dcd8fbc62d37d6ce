#include "posthorn/protocol/imap/search_contexts.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "posthorn/protocol/imap/responder.h"

#include "protocol/imap/live_search.h"
#include "protocol/imap/search_answer.h"
#include "protocol/imap/search_scan.h"

namespace posthorn::imap {

using search::LiveSearch;

namespace {

constexpr std::uint32_t kTop = std::numeric_limits<std::uint32_t>::max();
/// Messages asked in one step where each one that matches must find its place.
constexpr std::size_t kSortedPerStep = 500;

/// Sets as UIDs, as they are now; "*" at the end of one goes on for messages that come.
void freeze(search::Key& key, const SelectedMailbox& view, std::span<const Range> saved) {
  const bool by_uid = key.ask == search::Ask::uids;
  if (by_uid || key.ask == search::Ask::numbers) {
    const bool open = std::ranges::any_of(key.set.ranges(), [](const Range& r) {
      return r.first != r.last && (r.first == SequenceSet::kStar || r.last == SequenceSet::kStar);
    });
    SequenceSet uids;
    const std::uint32_t exists = view.exists();
    if (key.set.is_saved_result()) {
      for (const Range& r : saved) uids.add(r);
    } else if (by_uid) {
      for (const Range& r : key.set.resolve(exists == 0 ? 0 : view.uid_at(SeqNum(exists)).value())) uids.add(r);
    } else {
      for (const Range& r : key.set.resolve(exists)) {
        if (r.first == 0 || r.first > exists) continue;
        uids.add({view.uid_at(SeqNum(r.first)).value(), view.uid_at(SeqNum(std::min(r.last, exists))).value()});
      }
    }
    if (open && exists > 0) uids.add({view.uid_at(SeqNum(exists)).value(), kTop});
    key.ask = search::Ask::uids;
    key.set = std::move(uids);
  }
  for (search::Key& k : key.keys) freeze(k, view, saved);
}

bool asks_what_changes(const search::Key& key) {
  return search::asks(key, search::Ask::flag) || search::asks(key, search::Ask::keyword) ||
         search::asks(key, search::Ask::modseq);
}

/// "UID REMOVEFROM (...) ADDTO (...)" of one search, put together while its results change.
class Update {
 public:
  Update(LiveSearch& live, SelectedMailbox& view) : live_(live), view_(view) {}

  /// Removes those of these that are results. In mailbox order, positions are 0: the client finds the place (RFC 5267
  /// section 4.3.4).
  void remove(std::vector<std::uint32_t> uids) {
    std::ranges::sort(uids);
    std::vector<std::uint32_t>& results = live_.uids;
    if (live_.order.empty()) {
      std::vector<std::uint32_t> removed;
      std::ranges::set_intersection(results, uids, std::back_inserter(removed));
      std::erase_if(results, [&](std::uint32_t uid) { return std::ranges::binary_search(removed, uid); });
      if (!removed.empty()) pair(removed_, 0, search::id_set(removed));
      return;
    }
    for (const std::uint32_t uid : uids) {
      const auto at = std::ranges::find(results, uid);
      if (at == results.end()) continue;
      pair(removed_, static_cast<std::size_t>(at - results.begin()) + 1, std::to_string(uid));
      results.erase(at);
    }
  }

  Result<void> add(std::vector<std::uint32_t> uids) {
    std::ranges::sort(uids);
    std::vector<std::uint32_t>& results = live_.uids;
    if (live_.order.empty()) {
      results.insert(results.end(), uids.begin(), uids.end());
      std::ranges::sort(results);
      if (!uids.empty()) pair(added_, 0, search::id_set(uids));
      return {};
    }
    for (const std::uint32_t uid : uids) {
      const auto place = place_of(uid);
      if (!place) return fail(place.error());
      results.insert(results.begin() + static_cast<std::ptrdiff_t>(*place), uid);
      pair(added_, *place + 1, std::to_string(uid));
    }
    return {};
  }

  void write(Responder& responder) const {
    if (removed_.empty() && added_.empty()) return;
    responder.raw("* ESEARCH (TAG \"").raw(live_.tag).raw("\") UID");
    if (!removed_.empty()) responder.raw(" REMOVEFROM (").raw(removed_).raw(")");
    if (!added_.empty()) responder.raw(" ADDTO (").raw(added_).raw(")");
    responder.end();
  }

 private:
  static void pair(std::string& out, std::size_t position, const std::string& set) {
    if (!out.empty()) out += ' ';
    out += std::to_string(position) + ' ' + set;
  }

  Result<std::string> key_of(std::uint32_t uid) {
    const auto number = view_.number_of(Uid(uid));
    if (!number) return std::string();
    std::uint64_t octets = 0;
    const auto listing = listing_of(view_, *number, search::listed_for(live_.order), octets);
    if (!listing) return fail(listing.error());
    return search::sort_key(live_.order, view_.facts(*number), *listing, live_.comparator);
  }

  /// Where among the results it belongs. Keys are not kept: a few messages are looked at again.
  Result<std::size_t> place_of(std::uint32_t uid) {
    const auto mine = key_of(uid);
    if (!mine) return fail(mine.error());
    std::size_t low = 0;
    for (std::size_t high = live_.uids.size(); low < high;) {
      const std::size_t middle = low + (high - low) / 2;
      const auto other = key_of(live_.uids[middle]);
      if (!other) return fail(other.error());
      const bool before = std::pair(*other, live_.uids[middle]) < std::pair(*mine, uid);
      (before ? low : high) = before ? middle + 1 : middle;
    }
    return low;
  }

  LiveSearch& live_;
  SelectedMailbox& view_;
  std::string removed_;
  std::string added_;
};

bool is_result(const LiveSearch& live, std::uint32_t uid) {
  return live.order.empty() ? std::ranges::binary_search(live.uids, uid)
                            : std::ranges::find(live.uids, uid) != live.uids.end();
}

/// The next message to ask, nullopt when all are asked.
std::optional<Uid> next_of(LiveSearch& live, const SelectedMailbox& view) {
  if (!live.pending.empty()) {
    const Uid uid(live.pending.back());
    live.pending.pop_back();
    return uid;
  }
  const SeqNum number = view.lower_bound(Uid(live.highest_seen).next());
  if (number.value() > view.exists()) return std::nullopt;
  live.highest_seen = view.uid_at(number).value();
  return view.uid_at(number);
}

/// Asks what is pending of one search, as much as one step may. @returns whether there is nothing left of it
Result<bool> catch_up(LiveSearch& live, SelectedMailbox& view, Responder& responder) {
  const std::size_t most = live.order.empty() ? search::kMessagesPerStep : kSortedPerStep;
  search::Matcher matcher(live.root, view, {{}, {}, live.comparator});
  std::ranges::sort(live.pending);
  live.pending.erase(std::unique(live.pending.begin(), live.pending.end()), live.pending.end());
  // New ones are asked in any case.
  std::erase_if(live.pending, [&](std::uint32_t uid) { return uid > live.highest_seen; });
  std::vector<std::uint32_t> added;
  std::vector<std::uint32_t> removed = std::exchange(live.gone, {});
  bool all = false;
  for (std::size_t asked = 0; asked < most && matcher.octets_read() < search::kOctetsPerStep; ++asked) {
    const auto uid = next_of(live, view);
    all = !uid;
    if (all) break;
    const auto number = view.number_of(*uid);
    if (!number) continue;
    const auto matches = matcher.matches(*number);
    if (!matches) return fail(matches.error());
    const bool was = is_result(live, uid->value());
    if (*matches != was) (was ? removed : added).push_back(uid->value());
  }
  Update update(live, view);
  update.remove(std::move(removed));
  if (auto placed = update.add(std::move(added)); !placed) return fail(placed.error());
  update.write(responder);
  return all;
}

}  // namespace

namespace search {

bool can_live(const State& state, const Key& root) {
  return state.by_uid && !asks(root, Ask::older) && !asks(root, Ask::younger);
}

void keep_alive(State& state, Key root, std::vector<Criterion> order, std::span<const std::uint32_t> numbers,
                Responder& responder) {
  const bool possible = can_live(state, root);
  if (!possible || state.contexts.full()) {
    responder.untagged(Status::no, "NOUPDATE \"" + state.tag + '"',
                       possible ? "Too many contexts" : "Only UID searches that do not depend on time are updated");
    return;
  }
  const SelectedMailbox& view = *state.selected;
  auto live = std::make_unique<LiveSearch>();
  live->tag = state.tag;
  live->root = std::move(root);
  freeze(live->root, view, state.saved);
  live->comparator = state.comparator;
  live->order = std::move(order);
  for (const std::uint32_t n : numbers) live->uids.push_back(view.uid_at(SeqNum(n)).value());
  live->highest_seen = view.exists() == 0 ? 0 : view.uid_at(SeqNum(view.exists())).value();
  state.contexts.add(std::move(live));
}

}  // namespace search

struct SearchContexts::State {
  std::vector<std::unique_ptr<LiveSearch>> searches;
  bool quiet = true;  // nothing was taken since all was told
};

SearchContexts::SearchContexts() = default;
SearchContexts::~SearchContexts() = default;
SearchContexts::SearchContexts(SearchContexts&&) noexcept = default;
SearchContexts& SearchContexts::operator=(SearchContexts&&) noexcept = default;

bool SearchContexts::empty() const { return state_ == nullptr; }
bool SearchContexts::full() const { return state_ && state_->searches.size() >= kMost; }
void SearchContexts::clear() { state_.reset(); }

bool SearchContexts::has(View tag) const {
  return state_ && std::ranges::any_of(state_->searches, [&](const auto& live) { return live->tag == tag; });
}

void SearchContexts::add(std::unique_ptr<search::LiveSearch> search) {
  if (!state_) state_ = std::make_unique<State>();
  state_->searches.push_back(std::move(search));
}

bool SearchContexts::cancel(View tag) {
  if (!has(tag)) return false;
  std::erase_if(state_->searches, [&](const auto& live) { return live->tag == tag; });
  if (state_->searches.empty()) clear();
  return true;
}

void SearchContexts::take(std::span<const Change> changes) {
  if (!state_) return;
  for (const auto& live : state_->searches) {
    const bool flags_matter = asks_what_changes(live->root);
    for (const Change& change : changes) {
      if (change.kind == Change::Kind::expunged) live->gone.push_back(change.uid.value());
      if (change.kind == Change::Kind::flags && flags_matter) live->pending.push_back(change.uid.value());
    }
  }
  state_->quiet = state_->quiet && changes.empty();
}

bool SearchContexts::tell(SelectedMailbox& view, Responder& responder) {
  if (!state_ || state_->quiet) return true;
  auto& searches = state_->searches;
  for (std::size_t i = 0; i < searches.size();) {
    if (responder.full()) return false;
    const auto done = catch_up(*searches[i], view, responder);
    if (done && !*done) return false;
    if (done) {
      ++i;
      continue;
    }
    // What cannot be told any more must not look as if nothing happened.
    responder.untagged(Status::no, "NOUPDATE \"" + searches[i]->tag + '"', "The mailbox cannot be read now");
    searches.erase(searches.begin() + static_cast<std::ptrdiff_t>(i));
  }
  state_->quiet = true;
  if (searches.empty()) clear();
  return true;
}

}  // namespace posthorn::imap
