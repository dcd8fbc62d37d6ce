#include "posthorn/service/limits/limiter.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <span>
#include <utility>

#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/domain.h"

#include "grammar/lower_case.h"
#include "service/limits/rows.h"

namespace posthorn::limits {

namespace {

using store::AccountId;
using store::Batch;

constexpr std::chrono::seconds kHour = std::chrono::hours(1);
constexpr std::chrono::seconds kDay = std::chrono::days(1);
constexpr std::size_t kSweepBatch = 1'000;  // rows

std::chrono::seconds rounded_up(std::chrono::microseconds time) {
  return std::chrono::ceil<std::chrono::seconds>(time);
}

class StoredLimiter : public Limiter {
 public:
  StoredLimiter(store::Partition& rows, const Clock& clock, Limits limits)
      : rows_(rows), clock_(clock), limits_(limits) {}
  Result<void> prepare(Random& random);

  Result<Answer> check_recipient(Message& message, View recipient) override;
  Result<Answer> admit(const Message& message) override;
  Result<void> give_back(const Message& message) override;
  Result<bool> outcome(AccountId account, Outcome outcome) override;
  Result<void> freeze(AccountId account, FreezeReason reason) override;
  Result<void> unfreeze(AccountId account) override;
  Result<std::optional<Freeze>> frozen(AccountId account) override;
  Result<bool> has_written_to(AccountId account, View recipient) const override {
    return is_known({.who = {.account = account}, .recipients = {}}, recipient);
  }
  Result<Score> score(const Message& message, const HeaderSigns& signs) override;
  Result<void> exempt(View address) override;
  Result<void> unexempt(View address) override;
  Result<std::vector<std::string>> exempted(View domain) override;
  Result<std::size_t> sweep() override;
  Result<void> forget(AccountId account) override;

 private:
  struct Found {
    Counts counts;
    std::optional<store::Revision> written;
  };
  [[nodiscard]] Result<Found> counts(const std::string& key) const;
  [[nodiscard]] Result<bool> is_exempt(const Who& who) const;
  [[nodiscard]] const Windows& windows(Kind kind) const;
  [[nodiscard]] std::string hash(AccountId account, View recipient) const;
  [[nodiscard]] std::uint16_t today() const;
  /// Whether the account has written to the recipient before, or does so in this message.
  [[nodiscard]] Result<bool> is_known(const Message& message, View recipient) const;
  /// @param first_time  how many of the recipients are new; 0: it does not matter how many may be
  [[nodiscard]] Answer room(const Counts& counts, const Windows& windows, std::size_t recipients,
                            std::uint32_t first_time) const;
  Result<Answer> refuse(const Who& who, const Answer& answer);
  /// Reads, edits and writes one row of counts until nobody was faster.
  Result<void> edit(const std::string& key, const std::function<void(Counts&)>& edit);
  Result<void> change(const std::function<Result<Batch>()>& build);
  struct Taking {
    bool limited = true;
    bool remembers = false;  // the message, for its score
  };
  /// Writes nothing where it refuses.
  [[nodiscard]] Result<Answer> take(Batch& batch, const std::string& key, const Windows& windows,
                                    const Message& message, Taking how) const;
  Result<void> give_back(Batch& batch, const std::string& key, const Windows& windows, const Message& message,
                         Taking how) const;
  Result<void> remember(Batch& batch, const Message& message) const;
  [[nodiscard]] bool is_idle(View key, View value) const;

  store::Partition& rows_;
  const Clock& clock_;
  const Limits limits_;
  std::string seed_;
  std::mutex changing_;  // our own changes wait for each other instead of conflicting
};

// --- rows

Result<void> StoredLimiter::prepare(Random& random) {
  const auto made = change([&]() -> Result<Batch> {
    Batch batch;
    const auto present = rows_.get(kSeed);
    if (!present) return fail(present.error());
    if (*present) return batch;
    std::string seed(32, '\0');
    random.fill(std::as_writable_bytes(std::span(seed)));
    batch.expect(kSeed, std::nullopt).put(kSeed, seed);
    return batch;
  });
  if (!made) return made;
  auto seed = rows_.get(kSeed);
  if (!seed) return fail(seed.error());
  if (!*seed || (*seed)->value.size() != 32) return fail(environment_error(Code::corrupt, "seed of limits"));
  seed_ = std::move((*seed)->value);
  return {};
}

Result<StoredLimiter::Found> StoredLimiter::counts(const std::string& key) const {
  const auto entry = rows_.get(key);
  if (!entry) return fail(entry.error());
  if (!*entry) return Found{};
  auto parsed = parse_counts((*entry)->value);
  if (!parsed) return fail(parsed.error());
  return Found{std::move(*parsed), (*entry)->written};
}

Result<void> StoredLimiter::change(const std::function<Result<Batch>()>& build) {
  const std::lock_guard lock(changing_);
  for (std::uint32_t i = 0; i < limits_.tries; ++i) {
    const auto batch = build();
    if (!batch) return fail(batch.error());
    if (batch->empty()) return {};
    const auto done = rows_.commit(*batch);
    if (done) return {};
    if (done.error().code != Code::conflict) return fail(done.error());
  }
  return fail(environment_error(Code::unavailable, "limits change too often"));
}

Result<void> StoredLimiter::edit(const std::string& key, const std::function<void(Counts&)>& edit) {
  return change([&]() -> Result<Batch> {
    auto found = counts(key);
    if (!found) return fail(found.error());
    edit(found->counts);
    found->counts.touched = clock_.wall();
    Batch batch;
    batch.expect(key, found->written).put(key, format(found->counts));
    return batch;
  });
}

const Windows& StoredLimiter::windows(Kind kind) const {
  if (kind == Kind::redirected) return limits_.redirected;
  return kind == Kind::vacation ? limits_.vacation : limits_.account;
}

std::string StoredLimiter::hash(AccountId account, View recipient) const {
  return crypto::hmac_sha256(seed_, account_digits(account) + lower_case(recipient)).substr(0, Shelf::kHash);
}

std::uint16_t StoredLimiter::today() const {
  return static_cast<std::uint16_t>(std::chrono::floor<std::chrono::days>(clock_.wall()).time_since_epoch().count());
}

Result<bool> StoredLimiter::is_exempt(const Who& who) const {
  const auto address = mail::parse_mailbox(who.sender, true);
  if (!address) return false;
  return map(rows_.get(own(kExempt) + lower_case(address->domain) + "@" + lower_case(address->local_part)),
             [](const auto& entry) { return entry.has_value(); });
}

// --- deciding

Result<bool> StoredLimiter::is_known(const Message& message, View recipient) const {
  const std::string folded = lower_case(recipient);
  const bool named = std::any_of(message.recipients.begin(), message.recipients.end(),
                                 [&](const std::string& r) { return lower_case(r) == folded; });
  if (named) return true;
  const std::string digest = hash(message.who.account, recipient);
  const auto entry = rows_.get(shelf_key(message.who.account, digest));
  if (!entry) return fail(entry.error());
  if (!*entry) return false;
  const auto shelf = parse_shelf((*entry)->value);
  if (!shelf) return fail(shelf.error());
  return shelf->knows(digest, today(), limits_.remember);
}

Answer StoredLimiter::room(const Counts& counts, const Windows& windows, std::size_t recipients,
                           std::uint32_t first_time) const {
  const WallTime now = clock_.wall();
  const auto later = [](Window window, std::chrono::microseconds wait) {
    return Answer{.verdict = Verdict::later, .window = window, .retry_after = rounded_up(wait)};
  };
  auto wait = counts.messages.wait(windows.messages_per_day, kDay, 1, now);
  if (wait.count() > 0) return later(Window::messages_per_day, wait);
  wait = counts.recipients.wait(windows.recipients_per_hour, kHour, static_cast<std::uint32_t>(recipients), now);
  if (wait.count() > 0) return later(Window::recipients_per_hour, wait);
  if (first_time > 0) wait = counts.first_time.wait(windows.first_time_per_day, kDay, first_time, now);
  if (wait.count() > 0) return later(Window::first_time_per_day, wait);
  return {};
}

Result<Answer> StoredLimiter::refuse(const Who& who, const Answer& answer) {
  if (who.kind != Kind::submitted || limits_.refusals_per_day == 0) return answer;
  const WallTime now = clock_.wall();
  Answer given;
  const auto noted = edit(account_key(who.account, Kind::submitted), [&](Counts& counts) {
    given = answer;
    if (counts.freeze.reason != FreezeReason::none) {
      given = Answer{.verdict = Verdict::frozen};  // others were faster
    } else if (counts.refusals.wait(limits_.refusals_per_day, kDay, 1, now).count() > 0) {
      counts.freeze = {FreezeReason::refusals, now};
      given = Answer{.verdict = Verdict::frozen, .froze = true};
    } else {
      counts.refusals.take(limits_.refusals_per_day, kDay, 1, now);
    }
  });
  if (!noted) return fail(noted.error());
  return given;
}

Result<Answer> StoredLimiter::check_recipient(Message& message, View recipient) {
  const Who& who = message.who;
  const auto account = counts(account_key(who.account, who.kind));
  if (!account) return fail(account.error());
  if (account->counts.freeze.reason != FreezeReason::none) return Answer{.verdict = Verdict::frozen};
  const bool full = limits_.recipients_per_message != 0 && message.recipients.size() >= limits_.recipients_per_message;
  if (full) return Answer{.verdict = Verdict::too_many_in_message};
  const auto exempt = is_exempt(who);
  if (!exempt) return fail(exempt.error());
  const Windows& own_windows = windows(who.kind);
  bool first = false;
  if (own_windows.first_time_per_day != 0) {
    const auto known = is_known(message, recipient);
    if (!known) return fail(known.error());
    first = !*known;
  }
  if (!*exempt) {
    const std::size_t recipients = message.recipients.size() + 1;
    const std::uint32_t first_time = first ? message.first_time + 1 : 0;
    const Answer answer = room(account->counts, own_windows, recipients, first_time);
    if (answer.verdict != Verdict::allowed) return refuse(who, answer);
    const auto domain = counts(domain_key(who.domain, who.kind));
    if (!domain) return fail(domain.error());
    Answer of_domain = room(domain->counts, limits_.domain, recipients, first_time);
    of_domain.of_domain = of_domain.verdict != Verdict::allowed;
    // The others of the domain used it up: nothing to freeze this account for.
    if (of_domain.of_domain) return of_domain;
  }
  message.recipients.push_back(own(recipient));
  if (first) ++message.first_time;
  return Answer{};
}

// --- counting

Result<Answer> StoredLimiter::take(Batch& batch, const std::string& key, const Windows& windows, const Message& message,
                                   Taking how) const {
  auto found = counts(key);
  if (!found) return fail(found.error());
  const WallTime now = clock_.wall();
  Counts& counts = found->counts;
  if (counts.freeze.reason != FreezeReason::none) return Answer{.verdict = Verdict::frozen};
  const auto recipients = static_cast<std::uint32_t>(message.recipients.size());
  if (how.limited) {
    const Answer answer = room(counts, windows, recipients, message.first_time);
    if (answer.verdict != Verdict::allowed) return answer;
    counts.messages.take(windows.messages_per_day, kDay, 1, now);
    counts.recipients.take(windows.recipients_per_hour, kHour, recipients, now);
    counts.first_time.take(windows.first_time_per_day, kDay, message.first_time, now);
  }
  if (how.remembers) {
    if (counts.sent.size() >= kSent) counts.sent.erase(counts.sent.begin());
    counts.sent.push_back({now, message.digest, recipients});
  }
  counts.touched = now;
  batch.expect(key, found->written).put(key, format(counts));
  return Answer{};
}

Result<void> StoredLimiter::give_back(Batch& batch, const std::string& key, const Windows& windows,
                                      const Message& message, Taking how) const {
  auto found = counts(key);
  if (!found) return fail(found.error());
  if (!found->written) return {};  // swept: nothing of it counts any more
  Counts& counts = found->counts;
  const auto recipients = static_cast<std::uint32_t>(message.recipients.size());
  if (how.limited) {
    counts.messages.give_back(windows.messages_per_day, kDay, 1);
    counts.recipients.give_back(windows.recipients_per_hour, kHour, recipients);
  }
  if (how.remembers) {
    const auto sent = std::find_if(counts.sent.rbegin(), counts.sent.rend(), [&](const Sent& one) {
      return one.digest == message.digest && one.recipients == recipients;
    });
    if (sent != counts.sent.rend()) counts.sent.erase(std::next(sent).base());
  }
  batch.expect(key, found->written).put(key, format(counts));
  return {};
}

Result<void> StoredLimiter::remember(Batch& batch, const Message& message) const {
  std::map<std::string, std::vector<std::string>> shelves;
  for (const std::string& recipient : message.recipients) {
    const std::string digest = hash(message.who.account, recipient);
    shelves[shelf_key(message.who.account, digest)].push_back(digest);
  }
  for (const auto& [key, digests] : shelves) {
    const auto entry = rows_.get(key);
    if (!entry) return fail(entry.error());
    Shelf shelf;
    std::optional<store::Revision> written;
    if (*entry) {
      auto parsed = parse_shelf((*entry)->value);
      if (!parsed) return fail(parsed.error());
      shelf = std::move(*parsed);
      written = (*entry)->written;
    }
    for (const std::string& digest : digests) shelf.add(digest, today(), limits_.per_shelf);
    batch.expect(key, written).put(key, format(shelf));
  }
  return {};
}

Result<Answer> StoredLimiter::admit(const Message& message) {
  const Who& who = message.who;
  const bool submitted = who.kind == Kind::submitted;
  Result<Answer> answer;
  const auto done = change([&]() -> Result<Batch> {
    Batch batch;
    const auto exempt = is_exempt(who);
    if (!exempt) return fail(exempt.error());
    answer = take(batch, account_key(who.account, who.kind), windows(who.kind), message, {!*exempt, submitted});
    if (answer && answer->verdict == Verdict::allowed && !*exempt) {
      answer = take(batch, domain_key(who.domain, who.kind), limits_.domain, message, {});
      if (answer) answer->of_domain = answer->verdict != Verdict::allowed;
    }
    if (!answer) return fail(answer.error());
    if (answer->verdict != Verdict::allowed) return Batch();
    if (windows(who.kind).first_time_per_day != 0) {
      if (auto remembered = remember(batch, message); !remembered) return fail(remembered.error());
    }
    return batch;
  });
  if (!done) return fail(done.error());
  const bool refused = answer->verdict == Verdict::later && !answer->of_domain;
  return refused ? refuse(who, *answer) : answer;
}

Result<void> StoredLimiter::give_back(const Message& message) {
  const Who& who = message.who;
  const bool submitted = who.kind == Kind::submitted;
  return change([&]() -> Result<Batch> {
    Batch batch;
    const auto exempt = is_exempt(who);
    if (!exempt) return fail(exempt.error());
    auto given =
        give_back(batch, account_key(who.account, who.kind), windows(who.kind), message, {!*exempt, submitted});
    if (given && !*exempt) given = give_back(batch, domain_key(who.domain, who.kind), limits_.domain, message, {});
    if (!given) return fail(given.error());
    return batch;
  });
}

Result<bool> StoredLimiter::outcome(AccountId account, Outcome outcome) {
  if (limits_.bounce_window == 0) return false;
  bool froze = false;
  const auto done = edit(account_key(account, Kind::submitted), [&](Counts& counts) {
    counts.outcomes.push_back(outcome == Outcome::bounced ? '1' : '0');
    if (counts.outcomes.size() > limits_.bounce_window) {
      counts.outcomes.erase(0, counts.outcomes.size() - limits_.bounce_window);
    }
    const auto bounced = static_cast<std::uint64_t>(std::count(counts.outcomes.begin(), counts.outcomes.end(), '1'));
    const bool full = counts.outcomes.size() == limits_.bounce_window;
    froze = full && bounced * 100 > std::uint64_t{limits_.bounce_percent} * limits_.bounce_window &&
            counts.freeze.reason == FreezeReason::none;
    if (froze) counts.freeze = {FreezeReason::bounces, clock_.wall()};
  });
  if (!done) return fail(done.error());
  return froze;
}

// --- freezing

Result<void> StoredLimiter::freeze(AccountId account, FreezeReason reason) {
  if (reason == FreezeReason::none) return unfreeze(account);
  return edit(account_key(account, Kind::submitted), [&](Counts& counts) { counts.freeze = {reason, clock_.wall()}; });
}

Result<void> StoredLimiter::unfreeze(AccountId account) {
  return edit(account_key(account, Kind::submitted), [](Counts& counts) {
    counts.freeze = {};
    counts.outcomes.clear();
    counts.refusals = {};
  });
}

Result<std::optional<Freeze>> StoredLimiter::frozen(AccountId account) {
  const auto found = counts(account_key(account, Kind::submitted));
  if (!found) return fail(found.error());
  if (found->counts.freeze.reason == FreezeReason::none) return std::optional<Freeze>();
  return std::optional(found->counts.freeze);
}

Result<Score> StoredLimiter::score(const Message& message, const HeaderSigns& signs) {
  const auto found = counts(account_key(message.who.account, Kind::submitted));
  if (!found) return fail(found.error());
  const auto exempt = is_exempt(message.who);
  if (!exempt) return fail(exempt.error());
  return judge(signs, message.digest, static_cast<std::uint32_t>(message.recipients.size()), found->counts.sent,
               *exempt, clock_.wall());
}

// --- exempt senders

Result<void> StoredLimiter::exempt(View address) {
  const auto parsed = mail::parse_mailbox(address, true);
  if (!parsed) return fail(parsed.error());
  const auto domain = mail::ascii_domain(parsed->domain);
  if (!domain) return fail(domain.error());
  const auto done = rows_.commit(Batch().put(own(kExempt) + *domain + "@" + lower_case(parsed->local_part), "1"));
  if (!done) return fail(done.error());
  return {};
}

Result<void> StoredLimiter::unexempt(View address) {
  const auto parsed = mail::parse_mailbox(address, true);
  if (!parsed) return fail(parsed.error());
  const auto domain = mail::ascii_domain(parsed->domain);
  if (!domain) return fail(domain.error());
  const std::string key = own(kExempt) + *domain + "@" + lower_case(parsed->local_part);
  return change([&]() -> Result<Batch> {
    const auto present = rows_.get(key);
    if (!present) return fail(present.error());
    if (!*present) return fail(caller_error(Code::not_found, "exempt sender " + own(address)));
    Batch batch;
    batch.expect(key, (*present)->written).erase(key);
    return batch;
  });
}

Result<std::vector<std::string>> StoredLimiter::exempted(View domain) {
  const auto name = mail::ascii_domain(domain);
  if (!name) return fail(name.error());
  const std::string prefix = own(kExempt) + *name + "@";
  std::vector<std::string> found;
  const auto seen = rows_.scan(prefix, store::after_prefix(prefix), [&](View key, View, store::Revision) {
    found.push_back(mail::Mailbox{own(key.substr(prefix.size())), *name}.text());
    return true;
  });
  if (!seen) return fail(seen.error());
  return found;
}

// --- tidying

bool StoredLimiter::is_idle(View key, View value) const {
  const WallTime now = clock_.wall();
  if (key.starts_with(kShelves)) {
    const auto shelf = parse_shelf(value);
    return shelf && std::all_of(shelf->entries.begin(), shelf->entries.end(), [&](const Shelf::Entry& entry) {
             return !shelf->knows(entry.hash, today(), limits_.remember);
           });
  }
  if (!key.starts_with(kAccounts) && !key.starts_with(kDomains)) return false;
  const auto counts = parse_counts(value);
  if (!counts || counts->freeze.reason != FreezeReason::none) return false;
  const auto full_at = std::max(
      {counts->messages.full_at, counts->recipients.full_at, counts->first_time.full_at, counts->refusals.full_at});
  const bool full = full_at <= std::chrono::microseconds(now.time_since_epoch()).count();
  return full && (key.starts_with(kDomains) || now - counts->touched > limits_.remember);
}

Result<std::size_t> StoredLimiter::sweep() {
  std::size_t erased = 0;
  for (const View kind : {kAccounts, kDomains, kShelves}) {
    std::string first = own(kind);
    for (bool more = true; more;) {
      Batch batch;
      std::size_t count = 0;
      const auto seen =
          rows_.scan(first, store::after_prefix(kind), [&](View key, View value, store::Revision written) {
            first = own(key) + '\1';  // keys have no octet below the digits behind them: the next key
            if (!is_idle(key, value)) return true;
            batch.expect(key, written).erase(key);
            return ++count < kSweepBatch;
          });
      if (!seen) return fail(seen.error());
      more = count == kSweepBatch;
      if (batch.empty()) continue;
      const auto done = rows_.commit(batch);
      // Somebody counts in one of them: the next sweep finds the others.
      if (!done && done.error().code != Code::conflict) return fail(done.error());
      if (done) erased += count;
    }
  }
  return erased;
}

Result<void> StoredLimiter::forget(AccountId account) {
  for (const View kind : {kAccounts, kShelves}) {
    const std::string prefix = own(kind) + account_digits(account) + ":";
    Batch batch;
    const auto seen = rows_.scan(prefix, store::after_prefix(prefix), [&](View key, View, store::Revision) {
      batch.erase(key);
      return true;
    });
    if (!seen) return seen;
    if (batch.empty()) continue;
    if (const auto done = rows_.commit(batch); !done) return fail(done.error());
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Limiter>> Limiter::open(store::Partition& rows, const Clock& clock, Random& random,
                                               Limits limits) {
  auto limiter = std::make_unique<StoredLimiter>(rows, clock, limits);
  if (const auto ready = limiter->prepare(random); !ready) return fail(ready.error());
  return limiter;
}

}  // namespace posthorn::limits
