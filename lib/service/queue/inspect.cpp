// The queue as an operator sees it: read from the store by any process, changed by orders.
#include <algorithm>

#include "posthorn/service/queue/queue.h"

#include "service/queue/rows.h"

namespace posthorn::queue {

namespace {

bool fits(Order order, View subject) {
  switch (order) {
    case Order::flush:
    case Order::freeze:
    case Order::thaw: return !subject.empty();
    case Order::expire:
    case Order::remove: return !subject.empty();  // everything at once is never meant
    case Order::hold:
    case Order::release:
    case Order::requeue: return true;
  }
  return false;
}

Result<void> each_row(store::Store& store, View prefix, const std::function<Result<bool>(View key, View value)>& take) {
  Result<std::unique_ptr<store::Partition>> rows = store.open(kQueueAccount);
  if (!rows) return fail(rows.error());
  Result<bool> go_on = true;
  const auto scanned = (*rows)->scan(prefix, store::after_prefix(prefix), [&](View key, View value, store::Revision) {
    go_on = take(key, value);
    return go_on.value_or(false);
  });
  if (!scanned) return scanned;
  return go_on ? Result<void>() : fail(go_on.error());
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
  const auto scanned = (*rows)->scan(kCommands, store::after_prefix(kCommands), [&](View key, View, store::Revision) {
    if (const auto known = parse_message_key(key)) name.order = std::max(name.order, known->order + 1);
    return true;
  });
  if (!scanned) return scanned;
  store::Batch batch;
  batch.put(command_key(name), format(CommandRow{kind, own(subject)}));
  const auto committed = (*rows)->commit(batch);
  return committed ? Result<void>() : fail(committed.error());
}

Result<std::uint64_t> orders_waiting(store::Store& store) {
  std::uint64_t count = 0;
  const Result<void> read = each_row(store, kCommands, [&](View, View) -> Result<bool> {
    ++count;
    return true;
  });
  if (!read) return fail(read.error());
  return count;
}

Result<void> each_item(store::Store& store, const std::function<bool(const Listed&)>& each) {
  return each_row(store, kItems, [&](View key, View value) -> Result<bool> {
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
  const Result<void> read = each_row(store, kDestinations, [&](View key, View value) -> Result<bool> {
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
  const Result<void> read = each_row(store, kFrozen, [&](View key, View) -> Result<bool> {
    all.push_back(own(key.substr(kFrozen.size())));
    return true;
  });
  if (!read) return fail(read.error());
  return all;
}

}  // namespace posthorn::queue
