#include "posthorn/protocol/imap/resync.h"

#include <algorithm>
#include <limits>

namespace posthorn::imap {

namespace {

std::vector<Range> merged(std::vector<Range> ranges) {
  for (Range& range : ranges) {
    if (range.first > range.last) std::swap(range.first, range.last);
  }
  std::ranges::sort(ranges, {}, &Range::first);
  std::vector<Range> out;
  for (const Range& range : ranges) {
    if (!out.empty() && range.first <= std::uint64_t{out.back().last} + 1) {
      out.back().last = std::max(out.back().last, range.last);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

}  // namespace

UidSet::UidSet(std::vector<Range> ranges) : ranges_(merged(std::move(ranges))) {}

void UidSet::add(Uid uid) {
  const std::uint32_t n = uid.value();
  if (ranges_.empty() || n > std::uint64_t{ranges_.back().last} + 1) {  // as servers tell them
    ranges_.push_back({n, n});
  } else if (n == std::uint64_t{ranges_.back().last} + 1) {
    ranges_.back().last = n;
  } else if (!has(uid)) {
    ranges_.push_back({n, n});
    ranges_ = merged(std::move(ranges_));
  }
}

bool UidSet::has(Uid uid) const {
  const auto after = std::ranges::upper_bound(ranges_, uid.value(), {}, &Range::first);
  return after != ranges_.begin() && std::prev(after)->last >= uid.value();
}

std::uint64_t UidSet::size() const {
  std::uint64_t count = 0;
  for (const Range& range : ranges_) count += std::uint64_t{range.last} - range.first + 1;
  return count;
}

UidSet UidSet::without(const UidSet& other) const {
  UidSet out;
  std::size_t at = 0;
  const auto& holes = other.ranges_;
  for (Range range : ranges_) {
    while (at < holes.size() && holes[at].last < range.first) ++at;
    std::uint64_t first = range.first;
    for (std::size_t i = at; i < holes.size() && holes[i].first <= range.last; ++i) {
      if (holes[i].first > first) out.ranges_.push_back({static_cast<std::uint32_t>(first), holes[i].first - 1});
      first = std::uint64_t{holes[i].last} + 1;
    }
    if (first <= range.last) out.ranges_.push_back({static_cast<std::uint32_t>(first), range.last});
  }
  return out;
}

UidSet UidSet::common(const UidSet& other) const { return without(without(other)); }

UidSet UidSet::with(const UidSet& other) const {
  std::vector<Range> all = ranges_;
  all.insert(all.end(), other.ranges_.begin(), other.ranges_.end());
  return UidSet(std::move(all));
}

Resync::Way Resync::best(const ClientSession& session, bool qresync_enabled) {
  if (qresync_enabled && session.has("QRESYNC")) return Way::qresync;
  return session.has("CONDSTORE") || session.has("QRESYNC") ? Way::condstore : Way::plain;
}

ClientCommand Resync::select(View mailbox, bool read_only) const {
  ask::SelectOptions options;
  options.read_only = read_only;
  options.condstore = way_ != Way::plain;
  if (resumes()) options.qresync = ask::QResync{known_.uid_validity, *known_.modseq, known_.uids.ranges()};
  return ask::select(mailbox, options);
}

bool Resync::resumes() const {
  const bool has_point = known_.modseq && known_.modseq->value() > 0 && known_.uid_validity.value() > 0;
  return way_ == Way::qresync && has_point && !known_.uids.empty();
}

void Resync::hear_event(const ClientEvent& event) {
  if (const auto* received = std::get_if<Received>(&event)) hear(received->data);
  if (const auto* completed = std::get_if<Completed>(&event)) on_code(completed->state.code);
}

void Resync::hear(const response::Data& data) {
  if (const auto* fetch = std::get_if<response::Fetch>(&data)) {
    on_fetch(*fetch);
  } else if (const auto* vanished = std::get_if<response::Vanished>(&data)) {
    gone_.insert(gone_.end(), vanished->uids.begin(), vanished->uids.end());
  } else if (const auto* exists = std::get_if<response::Exists>(&data)) {
    exists_ = exists->messages;
  } else if (std::holds_alternative<response::Expunge>(data)) {
    counted_anew_ = true;
    if (exists_ > 0) --exists_;
  } else if (const auto* found = std::get_if<response::Found>(&data)) {
    if (step_ != Step::all) return;
    for (const std::uint32_t n : found->numbers) present_.push_back({n, n});
  } else if (const auto* state = std::get_if<response::State>(&data)) {
    on_code(state->code);
  }
}

void Resync::on_code(const response::Code& code) {
  if (const auto* validity = std::get_if<response::UidValidityCode>(&code)) {
    uid_validity_ = validity->value;
  } else if (const auto* next = std::get_if<response::UidNextCode>(&code)) {
    uid_next_ = next->uid;
  } else if (const auto* highest = std::get_if<response::HighestModSeq>(&code)) {
    modseq_ = highest->value;
  } else if (response::is(code, response::Word::no_modseq)) {
    modseq_.reset();
    way_ = Way::plain;
  }
}

void Resync::on_fetch(const response::Fetch& fetch) {
  if (!fetch.uid || !fetch.flags) return;
  present_.push_back({fetch.uid->value(), fetch.uid->value()});
  if (!reset_ && known_.uids.has(*fetch.uid)) changed_.emplace_back(*fetch.uid, *fetch.flags);
}

void Resync::settle_select() {
  reset_ = known_.uid_validity.value() != 0 && uid_validity_ != known_.uid_validity;
  if (reset_) {
    present_.clear();
    gone_.clear();
    changed_.clear();
  }
  if (way_ != Way::plain && !modseq_) way_ = Way::plain;
}

// QRESYNC has told changes and vanished messages with SELECT, if there was a modification sequence to begin from;
// CONDSTORE tells changes when asked; new messages are
// those above the highest known UID. What vanished shows in the count; only then are all UIDs asked for.
std::optional<ClientCommand> Resync::next() {
  if (step_ == Step::selecting) {
    settle_select();
    step_ = Step::changes;
    const UidSet old = kept();
    if (!old.empty() && !resumes()) {
      ask::FetchOptions options;
      options.uid = true;
      const bool since = way_ == Way::condstore && known_.modseq;
      if (since) options.changed_since = known_.modseq;
      const bool unchanged = since && modseq_ == known_.modseq;
      const std::vector<Range> all{{1, old.last().value()}};
      if (!unchanged) return ask::fetch(all, "(UID FLAGS)", options);
    }
  }
  if (step_ == Step::changes) {
    step_ = Step::news;
    const std::uint64_t first = std::uint64_t{kept().last().value()} + 1;
    const bool none =
        exists_ == 0 || first > std::numeric_limits<std::uint32_t>::max() || (uid_next_ && uid_next_->value() <= first);
    if (!none) {
      const std::vector<Range> above{{static_cast<std::uint32_t>(first), SequenceSet::kStar}};
      return ask::fetch(above, "(UID FLAGS)", {.uid = true});
    }
  }
  if (step_ == Step::news) {
    step_ = Step::all;
    const bool counted = kept().with(present()).without(gone()).size() == exists_;
    if (way_ == Way::plain || kept().empty() || (counted && !counted_anew_)) {
      step_ = Step::done;
      return std::nullopt;
    }
    present_.clear();
    return ask::search("ALL", {.uid = true});
  }
  if (step_ == Step::all) {
    const UidSet missing = kept().without(present());
    gone_.insert(gone_.end(), missing.ranges().begin(), missing.ranges().end());
    step_ = Step::done;
  }
  return std::nullopt;
}

UidSet Resync::vanished() const {
  if (reset_) return known_.uids;
  if (way_ == Way::plain) return known_.uids.without(present().without(gone()));
  return known_.uids.common(gone());
}

KnownMailbox Resync::now() const {
  const UidSet old = reset_ ? UidSet() : known_.uids.without(vanished());
  return {uid_validity_, modseq_, old.with(added())};
}

}  // namespace posthorn::imap
