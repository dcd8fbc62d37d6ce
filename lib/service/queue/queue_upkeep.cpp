// What time and operators ask of the queue: loading, expiry, warnings, orders, news of other processes.
#include <algorithm>
#include <span>
#include <utility>

#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mail/domain.h"

#include "service/queue/stored_queue.h"

namespace posthorn::queue {

namespace {

constexpr std::chrono::seconds kTickEvery(60);
constexpr std::size_t kNewsAtOnce = 1000;  // items in a batch, which the store limits
constexpr std::size_t kItemsAtOnce = 256;  // that are entered under one lock
/// An item that nobody had time for is given up so long after its end: the last attempt goes before.
constexpr std::chrono::seconds kGrace = std::chrono::hours(1);
constexpr std::chrono::hours kDay(24);

/// The destinations that an operator means.
std::vector<Destination> destinations_of(View subject) {
  if (subject.contains(';')) return {Destination::parse(subject)};
  const std::string domain = mail::routing_domain(subject);
  std::vector<Destination> all;
  for (const TlsWish wish : {TlsWish::policy, TlsWish::required, TlsWish::optional}) all.push_back({domain, wish});
  return all;
}

/// One damaged row keeps no other mail back: it stays for the check of the store. Rows of a newer version are no
/// damage.
Result<bool> passed_over(const Error& error) {
  return error.code == Code::unsupported ? Result<bool>(fail(error)) : true;
}

Timetable::Rest rest_of(const Scheduled& item) {
  return {item.next, item.held, item.attempts == 0 && item.next != WallTime{}};
}

Outcome deferred(View status, View said) {
  Outcome outcome;
  outcome.status = own(status);
  outcome.said = own(said);
  return outcome;
}

Result<void> all_or_again(const Result<bool>& all) {
  if (!all) return fail(all.error());
  return *all ? Result<void>() : fail(environment_error(Code::unavailable, "some are being tried"));
}

/// How many of the warnings are due: at half the time, at three quarters, a day before the end (features F53).
std::uint8_t warnings_due(std::chrono::seconds age, std::chrono::seconds retention) {
  return static_cast<std::uint8_t>((age * 2 >= retention ? 1 : 0) + (age * 4 >= retention * 3 ? 1 : 0) +
                                   (retention > kDay && age + kDay >= retention ? 1 : 0));
}

std::string warning_text(View host, View from, const Destination& destination, const DestinationRow& row,
                         std::size_t waiting, WallTime oldest, WallTime end, WallTime now);

std::string date_of(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto two = [](auto number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) + "-" +
         two(static_cast<unsigned>(date.day())) + " " + two(clock.hours().count()) + ":" +
         two(clock.minutes().count()) + " UTC";
}

}  // namespace

void StoredQueue::watch(store::Store& store) {
  watch_ = store.watch(kQueueAccount, [this] {
    {
      const std::lock_guard lock(mutex_);
      if (!loaded_ || news_) return;
      news_ = true;
    }
    wake();
  });
}

Result<void> StoredQueue::load() {
  // What comes from now on is entered by who takes it in; what is read as well is known then. Nothing is tried, and so
  // nothing ends, before all is read.
  loaded_ = true;
  const store::Partition& rows = *ground_.rows;
  Result<void> read = each_row(rows, kFrozen, [&](View key, View) -> Result<bool> {
    const std::lock_guard lock(mutex_);
    timetable_.set_frozen(key.substr(kFrozen.size()), true);
    return true;
  });
  if (!read) return read;
  read = load_items();
  if (!read) return read;
  return each_row(rows, kDestinations, [&](View key, View value) -> Result<bool> {
    const Destination destination = Destination::parse(key.substr(kDestinations.size()));
    Result<DestinationRow> row = parse_destination(value);
    if (!row) return passed_over(row.error());
    const std::lock_guard lock(mutex_);
    timetable_.block(destination, row->next);
    troubled_[destination] = std::move(*row);
    return true;
  });
}

// Mail is taken in meanwhile: rows are read without the lock and entered many at a time.
Result<void> StoredQueue::load_items() {
  struct Row {
    ItemKey key;
    Destination destination;
    std::string account;
    WallTime by{};
    Timetable::Rest rest;
  };
  std::vector<Row> rows(kItemsAtOnce);
  std::size_t count = 0;
  const auto enter = [&] {
    const std::lock_guard lock(mutex_);
    for (const Row& row : std::span(rows).first(std::exchange(count, 0))) {
      timetable_.add(row.key, row.destination, row.account, row.rest);
      timetable_.set_by(row.key, row.by);
      last_order_ = std::max(last_order_, row.key.message.order);
    }
  };
  const Result<void> read = each_row(*ground_.rows, kItems, [&](View key, View value) -> Result<bool> {
    const auto name = parse_item_key(key);
    const Result<Scheduled> item = parse_scheduled(value);
    if (!name || !item) return item ? true : passed_over(item.error());
    Row& row = rows[count++];
    row.key = *name;
    row.destination = Destination::parse(item->destination);
    row.account.assign(item->account);
    row.by = item->by;
    row.rest = rest_of(*item);
    if (count == rows.size()) enter();
    return true;
  });
  enter();
  return read;
}

void StoredQueue::tick() {
  bool ages = false;
  {
    const std::lock_guard lock(mutex_);
    if (!loaded_) return;
    news_ = false;
    looked_ = now();
    ages = next_tick_ <= looked_;
    if (ages) next_tick_ = looked_ + kTickEvery;
  }
  settle_again();
  look_for_news();
  obey();
  look_at_times();
  if (ages) look_at_ages();
}

bool StoredQueue::tick_due() const {
  const std::lock_guard lock(mutex_);
  const auto by = timetable_.first_by();
  return loaded_ && ((news_ && looked_ + kLookEvery <= now()) || next_tick_ <= now() || (by && *by <= now()));
}

void StoredQueue::settle_again() {
  std::vector<Unsettled> again;
  {
    const std::lock_guard lock(mutex_);
    again.swap(unsettled_);
  }
  for (Unsettled& one : again) static_cast<void>(finish(std::move(one.work), std::move(one.outcomes)));
}

void StoredQueue::look_for_news() {
  while (take_news() == kNewsAtOnce) {
  }
}

std::size_t StoredQueue::take_news() {
  std::vector<ItemKey> fresh;
  const Result<void> found =
      ground_.rows->scan(kNews, store::after_prefix(kNews), [&](View key, View, store::Revision) {
        if (const auto name = parse_item_key(key)) fresh.push_back(*name);
        return fresh.size() < kNewsAtOnce;
      });
  if (!found || fresh.empty()) return 0;
  store::Batch batch;
  for (const ItemKey& key : fresh) {
    if (!learn(key)) return 0;
    batch.erase(news_key(key));
  }
  const bool committed = ground_.rows->commit(batch, store::Durability::relaxed).has_value();
  wake();
  return committed ? fresh.size() : 0;
}

Result<void> StoredQueue::learn(const ItemKey& key) {
  {
    const std::lock_guard lock(mutex_);
    if (timetable_.state(key)) return {};  // it was there when the queue was loaded
  }
  const auto row = ground_.rows->get(item_key(key));
  if (!row) return fail(row.error());
  if (!*row) return {};
  const Result<Scheduled> item = parse_scheduled((*row)->value);
  if (!item) return {};  // what is damaged waits for the check of the store
  const std::lock_guard lock(mutex_);
  timetable_.add(key, Destination::parse(item->destination), item->account, rest_of(*item));
  timetable_.set_by(key, item->by);
  return {};
}

// --- destinations ----------------------------------------------------------------------------------------------------

void StoredQueue::write(const Destination& destination, const DestinationRow* row) {
  store::Batch batch;
  if (row != nullptr) {
    batch.put(destination_key(destination), format(*row));
  } else {
    batch.erase(destination_key(destination));
  }
  // What is lost here is learnt again by the next connection.
  static_cast<void>(ground_.rows->commit(batch, store::Durability::relaxed));
}

void StoredQueue::unreachable(const Destination& destination, View status, View why) {
  const Policy policy = ground_.policies.policy(destination);
  DestinationRow row;
  {
    const std::lock_guard lock(mutex_);
    DestinationRow& known = troubled_[destination];
    if (known.failures == 0) known.failing_since = now();
    ++known.failures;
    known.last = own(why);
    known.status = own(status);
    known.next = now() + (policy.backup ? ground_.options.probe : retry_after(policy, known.failures));
    timetable_.block(destination, known.next);
    row = known;
  }
  write(destination, &row);
  wake();
}

void StoredQueue::reached(const Destination& destination) {
  {
    const std::lock_guard lock(mutex_);
    if (troubled_.erase(destination) == 0) return;
    timetable_.flush(destination);
  }
  write(destination, nullptr);
  wake();
}

// --- ages ------------------------------------------------------------------------------------------------------------

void StoredQueue::look_at_ages() {
  std::vector<Destination> destinations;
  {
    const std::lock_guard lock(mutex_);
    destinations = timetable_.destinations();
  }
  for (const Destination& destination : destinations) look_at_age(destination, ground_.policies.policy(destination));
  forget_idle();
}

void StoredQueue::forget_idle() {
  std::vector<Destination> healed;
  {
    const std::lock_guard lock(mutex_);
    healed = timetable_.forget_idle(now());
    for (const Destination& destination : healed) looked_at_.erase(destination);
    std::erase_if(healed, [&](const Destination& destination) { return troubled_.erase(destination) == 0; });
  }
  for (const Destination& destination : healed) write(destination, nullptr);
}

/// @returns false: some are being tried at this moment
bool StoredQueue::each_taken(const std::vector<ItemKey>& keys, const std::function<void(Work work)>& use) {
  bool all = true;
  for (const ItemKey& key : keys) {
    {
      const std::lock_guard lock(mutex_);
      if (!timetable_.take(key)) {
        all = all && !timetable_.state(key);
        continue;
      }
    }
    Result<Work> work = read(key);
    if (work) {
      use(std::move(*work));
    } else {
      const std::lock_guard lock(mutex_);
      timetable_.put_off(key, now() + kTickEvery);
    }
  }
  return all;
}

void StoredQueue::give_up(Work work, const Outcome& outcome) {
  const std::size_t recipients = work.item.recipients.size();
  static_cast<void>(finish(std::move(work), std::vector<Outcome>(recipients, outcome)));
}

// What has its own time does not wait for its destination, which may be down.
void StoredQueue::look_at_times() {
  std::vector<ItemKey> overdue;
  {
    const std::lock_guard lock(mutex_);
    overdue = timetable_.overdue(now());
  }
  each_taken(overdue, [&](Work work) { end_late(std::move(work)); });
}

void StoredQueue::look_at_age(const Destination& destination, const Policy& policy) {
  std::vector<ItemKey> late;
  DestinationRow row;
  bool down = false;
  {
    const std::lock_guard lock(mutex_);
    const auto known = troubled_.find(destination);
    down = known != troubled_.end();
    if (down) row = known->second;
    const std::chrono::seconds grace = down ? std::chrono::seconds(0) : kGrace;
    late = timetable_.older_than(destination, {}, now() - policy.retention - grace);
    if (down && policy.delay_after.count() > 0) {
      MessageId& looked_at = looked_at_[destination];
      const std::vector<ItemKey> slow = timetable_.older_than(destination, looked_at, now() - policy.delay_after);
      late.insert(late.end(), slow.begin(), slow.end());
      if (!slow.empty()) looked_at = slow.back().message;
    }
  }
  // Deferred once more: settling knows that the time is over, or that a delay has to be told. A name tells when mail
  // was named, which may be long before its time began.
  const Outcome outcome = deferred(down ? View(row.status) : "4.3.2", down ? View(row.last) : "nobody had time for it");
  each_taken(late, [&](Work work) {
    const bool slow = down && !work.item.delay_told && takes_long(work.message, policy, now());
    if (!slow && now() < deadline_of(work.message, policy)) return put_back(work);
    give_up(std::move(work), outcome);
  });
  if (down && policy.backup && !policy.contact.empty()) warn(destination, policy, row);
}

void StoredQueue::warn(const Destination& destination, const Policy& policy, DestinationRow& row) {
  std::optional<ItemKey> oldest;
  std::size_t waiting = 0;
  {
    const std::lock_guard lock(mutex_);
    oldest = timetable_.oldest(destination);
    waiting = timetable_.count(destination);
  }
  if (!oldest) return;
  const WallTime arrived = oldest->message.time();
  const std::uint8_t due = warnings_due(now() - arrived, policy.retention);
  if (due <= row.warned) return;
  row.warned = due;
  store::Batch batch;
  std::vector<Taken> taken;
  std::vector<std::unique_ptr<store::BlobWriter>> bodies;
  const std::string text = warning_text(ground_.options.host_name, ground_.options.report_from, destination, row,
                                        waiting, arrived, arrived + policy.retention, now());
  const std::string whole = "To: <" + policy.contact + ">\r\n" + text;
  if (!draft_text(batch, policy.contact, whole, Message(), taken, bodies)) return;
  batch.put(destination_key(destination), format(row));
  if (!ground_.rows->commit(batch)) return;
  {
    const std::lock_guard lock(mutex_);
    const auto known = troubled_.find(destination);
    if (known != troubled_.end()) known->second.warned = due;
  }
  for (const Taken& one : taken) enter(one);
}

// --- orders ----------------------------------------------------------------------------------------------------------

std::vector<ItemKey> StoredQueue::subjects(View subject) {
  if (subject.contains('@')) {
    std::vector<ItemKey> keys = subjects(mail::domain_of(subject));
    std::erase_if(keys, [&](const ItemKey& key) { return !is_for(key, subject); });
    return keys;
  }
  const std::lock_guard lock(mutex_);
  if (const auto id = MessageId::parse(subject)) return timetable_.items_of(*id);
  std::vector<ItemKey> all;
  for (const Destination& destination : subject.empty() ? timetable_.destinations() : destinations_of(subject)) {
    const std::vector<ItemKey> keys = timetable_.items_to(destination);
    all.insert(all.end(), keys.begin(), keys.end());
  }
  return all;
}

bool StoredQueue::is_for(const ItemKey& key, View address) const {
  const Result<Work> work = read(key);
  return work && std::any_of(work->item.recipients.begin(), work->item.recipients.end(),
                             [&](const Recipient& recipient) { return same_word(recipient.address, address); });
}

void StoredQueue::obey() {
  std::vector<std::pair<std::string, CommandRow>> orders;
  const Result<void> found = each_row(*ground_.rows, kCommands, [&](View key, View value) -> Result<bool> {
    const Result<CommandRow> order = parse_command(value);
    orders.emplace_back(own(key), order.value_or(CommandRow{}));
    return true;
  });
  if (!found) return;
  for (const auto& [key, order] : orders) {
    const auto name = parse_message_key(key);
    if (name && !obey(order, name->time())) {
      const std::lock_guard lock(mutex_);
      news_ = true;  // again soon
      continue;
    }
    store::Batch batch;
    batch.erase(key);
    static_cast<void>(ground_.rows->commit(batch, store::Durability::relaxed));
  }
}

/// @returns false: some are being tried at this moment, and stay as they are
Result<bool> StoredQueue::change(const std::vector<ItemKey>& keys, const std::function<void(Item&)>& how) {
  bool all = true;
  for (const ItemKey& key : keys) {
    const std::lock_guard one(stripes_[key.message.order % kStripes]);
    {
      const std::lock_guard lock(mutex_);
      if (!timetable_.take(key)) {
        all = all && !timetable_.state(key);
        continue;
      }
    }
    Result<Work> work = read(key);
    if (work) how(work->item);
    Result<void> written;
    if (work) {
      store::Batch batch;
      batch.put(item_key(key), format(work->item, work->message.account));
      if (const auto committed = ground_.rows->commit(batch, store::Durability::relaxed); !committed)
        written = fail(committed.error());
    } else {
      written = fail(work.error());
    }
    const std::lock_guard lock(mutex_);
    if (!written) {
      timetable_.put_off(key, now() + kTickEvery);
      return fail(written.error());
    }
    timetable_.set_held(key, work->item.held);
    timetable_.set_next(key, work->item.next, is_kept_back(work->item));
  }
  return all;
}

Result<void> StoredQueue::hand_over(View subject) {
  const Result<std::vector<HandedRecipients>> handed = parse_handed(subject);
  if (!handed) return {};  // nothing that could be done later either
  Result<void> outcome;
  for (const HandedRecipients& one : *handed) {
    if (const auto done = hand_over(one); !done) outcome = done;
  }
  return outcome;
}

Result<void> StoredQueue::hand_over(const HandedRecipients& handed) {
  {
    const std::lock_guard lock(mutex_);
    if (!timetable_.state(handed.key)) return {};
    if (!timetable_.take(handed.key)) return fail(environment_error(Code::unavailable, "it is being tried"));
  }
  Result<Work> work = read(handed.key);
  if (!work) {
    const std::lock_guard lock(mutex_);
    timetable_.put_off(handed.key, now() + kTickEvery);
    return fail(work.error());
  }
  std::vector<Outcome> outcomes(work->item.recipients.size());
  bool any = false;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const bool gone = std::ranges::find(handed.numbers, work->item.recipients[i].number) != handed.numbers.end();
    outcomes[i].kind = gone ? Outcome::Kind::handed_over : Outcome::Kind::untried;
    any = any || gone;
  }
  if (!any) {
    put_back(*work);
    return {};
  }
  work->item.held = false;  // the hold was for who has gone
  {
    const std::lock_guard lock(mutex_);
    timetable_.set_held(handed.key, false);
  }
  return finish(std::move(*work), std::move(outcomes));
}

Result<void> StoredQueue::obey(const CommandRow& order, WallTime given) {
  const bool of_items = order.kind != Order::freeze && order.kind != Order::thaw && order.kind != Order::flush &&
                        order.kind != Order::hand_over;
  std::vector<ItemKey> keys = of_items ? subjects(order.subject) : std::vector<ItemKey>();
  // An order is for what was there, however long it waits until all of it can be reached.
  std::erase_if(keys, [given](const ItemKey& key) { return key.message.time() > given; });
  switch (order.kind) {
    // What is being tried now may wait again afterwards: then the order is for it too.
    case Order::hold: return all_or_again(change(keys, [](Item& item) { item.held = true; }));
    case Order::release: return all_or_again(change(keys, [](Item& item) { item.held = false; }));
    case Order::requeue: {
      const Result<bool> changed = change(keys, [](Item& item) {
        item.held = false;
        item.next = {};
        item.attempts = 0;
      });
      return changed ? Result<void>() : fail(changed.error());
    }
    case Order::expire:
    case Order::remove: {
      Outcome outcome = deferred("5.4.7", "given up by an operator");
      outcome.kind = order.kind == Order::expire ? Outcome::Kind::failed : Outcome::Kind::removed;
      return all_or_again(each_taken(keys, [&](Work work) { give_up(std::move(work), outcome); }));
    }
    case Order::flush: {
      const std::lock_guard lock(mutex_);
      for (const Destination& destination : destinations_of(Destination::parse(order.subject).domain))
        timetable_.flush(destination);
      return {};
    }
    case Order::hand_over: return hand_over(order.subject);
    case Order::freeze:
    case Order::thaw: {
      store::Batch batch;
      const bool freeze = order.kind == Order::freeze;
      if (freeze) batch.put(frozen_key(order.subject), "1");
      if (!freeze) batch.erase(frozen_key(order.subject));
      if (const auto committed = ground_.rows->commit(batch); !committed) return fail(committed.error());
      const std::lock_guard lock(mutex_);
      timetable_.set_frozen(order.subject, freeze);
      return {};
    }
  }
  return {};
}

namespace {

std::string warning_text(View host, View from, const Destination& destination, const DestinationRow& row,
                         std::size_t waiting, WallTime oldest, WallTime end, WallTime now) {
  std::string text = "From: \"Mail Delivery System\" <" + own(from) + ">\r\n";
  text += "Date: " + mail::format_date(now) + "\r\n";
  text += "Message-ID: <warning." + std::to_string(now.time_since_epoch().count()) + "." + destination.domain + "@" +
          own(host) + ">\r\n";
  text += "Subject: Mail for " + destination.domain + " waits at " + own(host) + "\r\n";
  text += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n";
  text +=
      "Your mail server for " + destination.domain + " cannot be reached since " + date_of(row.failing_since) + ".\r\n";
  text += "We keep your mail and try again every minute.\r\n\r\n";
  text += "Messages that wait: " + std::to_string(waiting) + "\r\n";
  text += "The oldest came:    " + date_of(oldest) + "\r\n";
  text += "It is returned:     " + date_of(end) + ", unless it can be handed over before\r\n";
  return text + "\r\nAsk us to keep your mail longer if you need more time; that holds for what waits already.\r\n";
}

}  // namespace

}  // namespace posthorn::queue
