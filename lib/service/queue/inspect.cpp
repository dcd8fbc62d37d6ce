// The queue as an operator sees it: read from the store by any process, changed by orders.
#include <algorithm>

#include "posthorn/service/queue/queue.h"

#include "service/queue/rows.h"

namespace posthorn::queue {

namespace {

constexpr std::ptrdiff_t kHandedAtOnce = 1000;  // items in an order

bool fits(Order order, View subject) {
  switch (order) {
    case Order::flush:
    case Order::freeze:
    case Order::thaw: return !subject.empty();
    case Order::expire:
    case Order::remove:  // everything at once is never meant, nor who shares an item with an address
      return !subject.empty() && !subject.contains('@');
    case Order::requeue: return !subject.contains('@');
    case Order::hold:
    case Order::release: return true;
    case Order::hand_over: return parse_handed(subject).has_value();
  }
  return false;
}

Result<void> each_row_of(store::Store& store, View prefix,
                         const std::function<Result<bool>(View key, View value)>& take) {
  const Result<std::unique_ptr<store::Partition>> rows = store.open(kQueueAccount);
  return rows ? each_row(**rows, prefix, take) : fail(rows.error());
}

}  // namespace

Result<void> order(store::Store& store, const Clock& clock, Random& random, Order kind, View subject) {
  if (!fits(kind, subject))
    return fail(caller_error(Code::syntax, "this order needs a message, a destination or an account"));
  Result<std::unique_ptr<store::Partition>> rows = store.open(kQueueAccount);
  if (!rows) return fail(rows.error());
  // Behind all orders that wait: they are obeyed in the order in which they were given.
  MessageId name{static_cast<std::uint64_t>(clock.wall().time_since_epoch().count()) << 24U,
                 static_cast<std::uint32_t>(random.number())};
  bool waits = false;  // a flush like this one, with nothing but flushes behind it
  const auto scanned =
      (*rows)->scan(kCommands, store::after_prefix(kCommands), [&](View key, View value, store::Revision) {
        if (const auto known = parse_message_key(key)) name.order = std::max(name.order, known->order + 1);
        if (kind != Order::flush) return true;
        const auto other = parse_command(value);
        waits = other && other->kind == Order::flush && (waits || other->subject == subject);
        return true;
      });
  if (!scanned) return scanned;
  if (waits) return fail(caller_error(Code::exists, "to flush " + own(subject) + " is ordered already"));
  store::Batch batch;
  batch.put(command_key(name), format(CommandRow{kind, own(subject)}));
  const auto committed = (*rows)->commit(batch);
  return committed ? Result<void>() : fail(committed.error());
}

Result<void> order_hand_over(store::Store& store, const Clock& clock, Random& random,
                             const std::vector<HandedRecipients>& handed) {
  for (auto next = handed.begin(); next != handed.end();) {
    const auto end = next + std::min<std::ptrdiff_t>(kHandedAtOnce, handed.end() - next);
    const std::string subject = format_handed({next, end});
    if (auto given = order(store, clock, random, Order::hand_over, subject); !given) return given;
    next = end;
  }
  return {};
}

Result<std::uint64_t> orders_waiting(store::Store& store) {
  std::uint64_t count = 0;
  const Result<void> read = each_row_of(store, kCommands, [&](View, View) -> Result<bool> {
    ++count;
    return true;
  });
  if (!read) return fail(read.error());
  return count;
}

Result<void> each_item(store::Store& store, const std::function<bool(const Listed&)>& each) {
  return each_row_of(store, kItems, [&](View key, View value) -> Result<bool> {
    const auto name = parse_item_key(key);
    Listed listed;
    Result<Item> item = parse_item(value, &listed.account);
    if (!name) return fail(environment_error(Code::corrupt, "a damaged key in the queue"));
    if (!item) return fail(item.error());
    listed.key = *name;
    listed.item = std::move(*item);
    return each(listed);
  });
}

Result<Message> find_message(store::Store& store, const MessageId& id) {
  Result<std::unique_ptr<store::Partition>> rows = store.open(kQueueAccount);
  if (!rows) return fail(rows.error());
  const auto row = (*rows)->get(message_key(id));
  if (!row) return fail(row.error());
  if (!*row) return fail(caller_error(Code::not_found, "no message " + id.text()));
  return parse_message((*row)->value);
}

Result<std::vector<Troubled>> troubled_destinations(store::Store& store) {
  std::vector<Troubled> all;
  const Result<void> read = each_row_of(store, kDestinations, [&](View key, View value) -> Result<bool> {
    Result<DestinationRow> row = parse_destination(value);
    if (!row) return fail(row.error());
    all.push_back({Destination::parse(key.substr(kDestinations.size())), row->failing_since, row->next, row->failures,
                   row->last});
    return true;
  });
  if (!read) return fail(read.error());
  return all;
}

Result<std::vector<std::string>> frozen_accounts(store::Store& store) {
  std::vector<std::string> all;
  const Result<void> read = each_row_of(store, kFrozen, [&](View key, View) -> Result<bool> {
    all.push_back(own(key.substr(kFrozen.size())));
    return true;
  });
  if (!read) return fail(read.error());
  return all;
}

}  // namespace posthorn::queue
