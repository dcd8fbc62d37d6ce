#include "posthorn/service/queue/queue.h"

#include <algorithm>

#include "posthorn/service/queue/report.h"

#include "service/queue/stored_queue.h"

namespace posthorn::queue {

namespace {

constexpr std::uint64_t kOrderBits = 24;
constexpr std::size_t kMostItems = std::size_t{UINT16_MAX} + 1;  // of one message: ItemKey::item counts them
constexpr std::chrono::seconds kTickEvery(60);

/// Tells reports about one item apart: each recipient is told once of one action.
std::string report_name(const Work& work, const Told& first) {
  const std::string_view action = first.action == Told::Action::failed    ? "failed"
                                  : first.action == Told::Action::delayed ? "delayed"
                                                                          : "done";
  return work.key.message.text() + "." + std::to_string(work.key.item) + "." + std::to_string(first.recipient.number) +
         "." + std::string(action);
}

Action action_of(Told::Action action) {
  switch (action) {
    case Told::Action::failed: return Action::failed;
    case Told::Action::delayed: return Action::delayed;
    case Told::Action::delivered: return Action::delivered;
    case Told::Action::relayed: break;
  }
  return Action::relayed;
}

}  // namespace

Result<std::unique_ptr<Queue>> Queue::open(store::Store& store, const Clock& clock, Random& random, Policies& policies,
                                           Router router, Options options) {
  Result<std::unique_ptr<store::Partition>> rows = store.open(kQueueAccount);
  if (!rows) return fail(rows.error());
  if (options.report_from.empty()) options.report_from = "MAILER-DAEMON@" + options.host_name;
  auto queue = std::make_unique<StoredQueue>(
      StoredQueue::Ground{std::move(*rows), clock, random, policies, std::move(router), std::move(options)});
  if (auto found = queue->find_last_order(); !found) return fail(found.error());
  queue->watch(store);
  return std::unique_ptr<Queue>(std::move(queue));
}

// --- taking in -------------------------------------------------------------------------------------------------------

// A process that is started again within a second must not name new mail before what it took in last.
Result<void> StoredQueue::find_last_order() {
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(now().time_since_epoch().count() - 2, 0));
  return ground_.rows->scan(accepted_key({seconds << kOrderBits, 0}), store::after_prefix(kAccepted),
                            [&](View key, View, store::Revision) {
                              if (const auto id = parse_message_key(key))
                                last_order_ = std::max(last_order_, id->order);
                              return true;
                            });
}

MessageId StoredQueue::new_id() {
  const auto seconds = static_cast<std::uint64_t>(now().time_since_epoch().count());
  const std::lock_guard lock(mutex_);
  last_order_ = std::max(last_order_ + 1, seconds << kOrderBits);
  return {last_order_, static_cast<std::uint32_t>(ground_.random.number())};
}

Result<StoredQueue::Taken> StoredQueue::draft(store::Batch& batch, Message message, std::vector<Item> items) {
  message.arrived = now();
  return draft(batch, new_id(), message, std::move(items));
}

Result<StoredQueue::Taken> StoredQueue::draft(store::Batch& batch, const MessageId& id, const Message& message,
                                              std::vector<Item> items) {
  if (items.size() > kMostItems) return fail(caller_error(Code::too_many, "destinations of one message"));
  Taken taken{id, std::move(items), message.account};
  std::uint32_t recipients = 0;
  for (Item& item : taken.items) {
    const bool would_be_lost = message.tls == TlsWish::required && item.sender.empty();
    item.destination.tls = item.destination.is_local() || would_be_lost ? TlsWish::policy : message.tls;
    item.next = message.not_before;
    if (message.deliver_by) item.by = *message.deliver_by;
    for (Recipient& recipient : item.recipients) recipient.number = recipients++;
  }
  if (recipients == 0) return fail(caller_error(Code::misuse, "a message without recipients"));
  batch.keep(message.body);
  batch.put(message_key(taken.id), format(message));
  batch.put(accepted_key(taken.id), format(Acceptance{recipients}));
  for (std::size_t i = 0; i < taken.items.size(); ++i) {
    const ItemKey key{taken.id, static_cast<std::uint16_t>(i)};
    batch.put(item_key(key), format(taken.items[i], taken.account));
    if (!loaded_) batch.put(news_key(key), "1");
  }
  return taken;
}

void StoredQueue::enter(const Taken& taken) {
  {
    const std::lock_guard lock(mutex_);
    if (!loaded_) return;
    for (std::size_t i = 0; i < taken.items.size(); ++i) {
      const Item& item = taken.items[i];
      const ItemKey key{taken.id, static_cast<std::uint16_t>(i)};
      timetable_.add(key, item.destination, taken.account, {item.next, item.held, is_kept_back(item)});
      timetable_.set_by(key, item.by);
    }
  }
  wake();
}

Result<MessageId> StoredQueue::accept(Message message, std::vector<Item> items) {
  store::Batch batch;
  Result<Taken> taken = draft(batch, std::move(message), std::move(items));
  if (!taken) return fail(taken.error());
  if (const auto committed = ground_.rows->commit(batch); !committed) return fail(committed.error());
  enter(*taken);
  return taken->id;
}

Result<bool> StoredQueue::adopt(const MessageId& id, Message message, std::vector<Item> items) {
  // New names would have to be later than this one.
  if (id.time() > now()) return fail(caller_error(Code::misuse, "a message from the future: " + id.text()));
  message.arrived = message.arrived == WallTime{} ? id.time() : std::min(message.arrived, now());
  const Result<bool> known = knows(id);
  if (!known) return fail(known.error());
  if (*known) return false;
  store::Batch batch;
  batch.expect(accepted_key(id), std::nullopt);
  Result<Taken> taken = draft(batch, id, message, std::move(items));
  if (!taken) return fail(taken.error());
  if (const auto committed = ground_.rows->commit(batch); !committed) return fail(committed.error());
  enter(*taken);
  return true;
}

Result<bool> StoredQueue::knows(const MessageId& id) const {
  return map(ground_.rows->get(accepted_key(id)), [](const auto& row) { return row.has_value(); });
}

// --- running ---------------------------------------------------------------------------------------------------------

void StoredQueue::set_wake(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void StoredQueue::wake() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    call = wake_;
  }
  if (call) call();
}

std::vector<Destination> StoredQueue::ready() {
  const std::lock_guard lock(mutex_);
  return timetable_.ready(now());
}

WallTime StoredQueue::due() {
  const std::lock_guard lock(mutex_);
  WallTime tick = news_ ? std::min(looked_ + kLookEvery, next_tick_) : next_tick_;
  if (const auto by = timetable_.first_by()) tick = std::min(tick, *by);
  const std::optional<WallTime> due = timetable_.due(now());
  return due ? std::min(*due, tick) : tick;
}

std::size_t StoredQueue::size() const {
  const std::lock_guard lock(mutex_);
  return timetable_.size();
}

Result<Work> StoredQueue::read(const ItemKey& key) const {
  Work work;
  work.key = key;
  const auto item = ground_.rows->get(item_key(key));
  if (!item) return fail(item.error());
  const auto message = ground_.rows->get(message_key(key.message));
  if (!message) return fail(message.error());
  if (!*item || !*message)
    return fail(environment_error(Code::corrupt, "an item of the queue without its rows: " + key.message.text()));
  Result<Item> parsed = parse_item((*item)->value);
  if (!parsed) return fail(parsed.error());
  Result<Message> of = parse_message((*message)->value);
  if (!of) return fail(of.error());
  work.item = std::move(*parsed);
  work.message = std::move(*of);
  return work;
}

Result<std::optional<Work>> StoredQueue::take(const Destination& destination) {
  for (;;) {
    std::optional<ItemKey> key;
    {
      const Policy policy = ground_.policies.policy(destination);
      const std::lock_guard lock(mutex_);
      timetable_.set_rate(destination, policy.messages_per_minute);
      key = timetable_.take(destination, now());
    }
    if (!key) return std::optional<Work>();
    Result<Work> work = read(*key);
    if (!work) {
      const std::lock_guard lock(mutex_);
      timetable_.put_off(*key, now() + kTickEvery);
      return fail(work.error());
    }
    if (!must_return(work->message, now())) return std::optional(std::move(*work));
    end_late(std::move(*work));
  }
}

// Settling knows whether it is returned or only reported.
void StoredQueue::end_late(Work work) {
  Outcome outcome;
  outcome.status = "4.4.7";
  outcome.said = "not delivered within the time that its sender gave";
  if (!work.item.last.empty()) outcome.said += "; last answer: " + work.item.last;
  const std::size_t recipients = work.item.recipients.size();
  static_cast<void>(finish(std::move(work), std::vector<Outcome>(recipients, outcome)));
}

Result<std::string> StoredQueue::read_body(const Message& message, std::uint64_t offset, std::uint64_t count) const {
  return ground_.rows->read_blob(message.body, offset, count);
}

void StoredQueue::put_back(const Work& work) {
  {
    const std::lock_guard lock(mutex_);
    timetable_.set_next(work.key, work.item.next, is_kept_back(work.item));
  }
  wake();
}

Result<void> StoredQueue::finish(Work work, std::vector<Outcome> outcomes) {
  if (outcomes.size() != work.item.recipients.size()) {
    return fail(caller_error(Code::misuse, "one outcome for each recipient"));
  }
  Result<void> settled = settle_now(work, outcomes);
  if (!settled) {
    const std::lock_guard lock(mutex_);
    unsettled_.push_back({std::move(work), std::move(outcomes)});
  }
  return settled;
}

/// By the rows: what another process took in may not stand in the timetable yet. With the lock of the message held.
Result<bool> StoredQueue::is_last(const ItemKey& key) const {
  bool alone = true;
  const std::string all = queue::items_of(key.message);
  const std::string this_one = item_key(key);
  const Result<void> read = ground_.rows->scan(all, store::after_prefix(all), [&](View found, View, store::Revision) {
    alone = found == this_one;
    return alone;
  });
  return read ? Result<bool>(alone) : fail(read.error());
}

Result<void> StoredQueue::settle_now(const Work& work, const std::vector<Outcome>& outcomes) {
  const std::lock_guard one(stripes_[work.key.message.order % kStripes]);
  const Policy policy = ground_.policies.policy(work.item.destination);
  Settlement settlement = settle(work.message, work.item, outcomes, policy, now());
  store::Batch batch;
  std::vector<Taken> reports;
  std::vector<std::unique_ptr<store::BlobWriter>> bodies;
  if (auto drafted = draft_reports(batch, work, settlement, reports, bodies); !drafted) return drafted;
  if (!settlement.ends.empty())
    batch.put(ended_key(work.key, settlement.ends.front().recipient), format(settlement.ends));
  if (settlement.remaining) {
    batch.put(item_key(work.key), format(*settlement.remaining, work.message.account));
  } else {
    batch.erase(item_key(work.key));
    const Result<bool> last = is_last(work.key);
    if (!last) return fail(last.error());
    if (*last) batch.erase(message_key(work.key.message)).drop(work.message.body);
  }
  // What is lost with the machine is done again: a second copy, never a lost mail. A report must not be lost.
  const auto durability = reports.empty() ? store::Durability::relaxed : store::Durability::synced;
  if (const auto committed = ground_.rows->commit(batch, durability); !committed) return fail(committed.error());
  {
    const std::lock_guard lock(mutex_);
    if (settlement.remaining) {
      timetable_.set_by(work.key, settlement.remaining->by);
      timetable_.set_next(work.key, settlement.remaining->next);
    } else {
      timetable_.remove(work.key);
    }
  }
  for (const Taken& report : reports) enter(report);
  if (ground_.options.ended) {
    for (const End& end : settlement.ends) ground_.options.ended(work.message, end);
  }
  wake();
  return {};
}

// --- reports ---------------------------------------------------------------------------------------------------------

Result<void> StoredQueue::draft_reports(store::Batch& batch, const Work& work, Settlement& settlement,
                                        std::vector<Taken>& taken,
                                        std::vector<std::unique_ptr<store::BlobWriter>>& bodies) {
  for (const std::vector<Told>* told : {&settlement.failed, &settlement.delayed, &settlement.succeeded}) {
    if (told->empty()) continue;
    const std::size_t before = taken.size();
    if (auto drafted = draft_report(batch, work, *told, taken, bodies); !drafted) return drafted;
    if (told != &settlement.failed || taken.size() > before) continue;
    for (End& end : settlement.ends) {
      if (end.ending == Ending::bounced || end.ending == Ending::expired) end.ending = Ending::discarded;
    }
  }
  return {};
}

Result<std::string> StoredQueue::report_text(const Work& work, const std::vector<Told>& told) const {
  const bool failure = told.front().action == Told::Action::failed;
  // RFC 8689 section 5: of mail with REQUIRETLS the header alone comes back.
  const bool full = failure && work.message.content == Return::full && work.message.tls != TlsWish::required &&
                    work.message.octets <= ground_.options.returned;
  Result<std::string> original = read_body(work.message, 0, full ? work.message.octets : ground_.options.header);
  if (!original) return fail(original.error());
  ReportRequest request;
  request.report_id = report_name(work, told.front());
  request.host_name = ground_.options.host_name;
  request.from_address = ground_.options.report_from;
  request.to = work.message.sender;
  request.envelope_id = work.message.envelope_id;
  request.utf8 = work.message.utf8;
  request.want_full = full;
  request.arrived = work.message.arrived;
  request.now = now();
  request.original = *original;
  request.original_complete = original->size() == work.message.octets;
  const WallTime until = deadline_of(work.message, ground_.policies.policy(work.item.destination));
  for (const Told& one : told) {
    ReportedRecipient& recipient = request.recipients.emplace_back();
    recipient.address = one.recipient.address;
    const View original_address = one.recipient.original;
    const std::size_t type = std::min(original_address.find(';'), original_address.size());
    recipient.original_type = own(original_address.substr(0, type));
    recipient.original_address = own(original_address.substr(std::min(type + 1, original_address.size())));
    recipient.action = action_of(one.action);
    recipient.status = one.outcome.status;
    recipient.diagnostic = one.outcome.said;
    recipient.remote_host = one.outcome.host;
    recipient.last_attempt = now();
    if (one.action == Told::Action::delayed) recipient.retry_until = until;
  }
  return compose_report(request);
}

Result<void> StoredQueue::draft_report(store::Batch& batch, const Work& work, const std::vector<Told>& told,
                                       std::vector<Taken>& taken,
                                       std::vector<std::unique_ptr<store::BlobWriter>>& bodies) {
  Result<std::string> text = report_text(work, told);
  if (!text) return fail(text.error());
  Message report;
  report.utf8 = work.message.utf8;
  report.tls = work.message.tls;  // RFC 8689 section 5
  return draft_text(batch, work.message.sender, *text, std::move(report), taken, bodies);
}

Result<void> StoredQueue::draft_text(store::Batch& batch, View to, const std::string& text, Message message,
                                     std::vector<Taken>& taken,
                                     std::vector<std::unique_ptr<store::BlobWriter>>& bodies) {
  Result<std::vector<Item>> items = ground_.router(to);
  if (!items && items.error().lasting == Lasting::transient) return fail(items.error());
  if (!items || items->empty()) return {};  // a report that nobody can get is not sent; its sender is null already
  Result<std::unique_ptr<store::BlobWriter>> body = ground_.rows->write_blob();
  if (!body) return fail(body.error());
  if (auto written = (*body)->append(text); !written) return written;
  const Result<store::BlobId> id = (*body)->finish();
  if (!id) return fail(id.error());
  bodies.push_back(std::move(*body));
  message.made_here = true;
  message.eight_bit =
      std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
  message.body = *id;
  message.octets = text.size();
  for (Item& item : *items) {
    item.sender.clear();
    for (Recipient& recipient : item.recipients) recipient.notify = {.never = true, .given = true};
  }
  Result<Taken> drafted = draft(batch, std::move(message), std::move(*items));
  if (!drafted) return fail(drafted.error());
  taken.push_back(std::move(*drafted));
  return {};
}

}  // namespace posthorn::queue
