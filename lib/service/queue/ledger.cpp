#include "posthorn/service/queue/ledger.h"

#include <map>
#include <optional>
#include <vector>

#include "service/queue/rows.h"

namespace posthorn::queue {

namespace {

constexpr std::size_t kMessagesAtOnce = 4096;  // whose records are held in memory

/// What is recorded of one message.
struct Records {
  std::optional<Acceptance> accepted;
  std::optional<Message> message;
  std::vector<std::uint32_t> waiting;
  std::vector<std::uint32_t> ended;
  std::vector<std::string> keys;  // of the ledger
};
using Book = std::map<MessageId, Records>;

View name_in(View key) { return key.substr(2, 24); }

/// Reads rows of one kind for messages in [first, last).
Result<void> read_rows(const store::Partition& rows, View kind, const MessageId& first,
                       const std::optional<MessageId>& last,
                       const std::function<Result<void>(const MessageId& id, View key, View value)>& take) {
  Result<void> outcome;
  const std::string end = last ? own(kind) + last->text() : store::after_prefix(kind);
  const auto scanned = rows.scan(own(kind) + first.text(), end, [&](View key, View value, store::Revision) {
    const auto id = MessageId::parse(name_in(key));
    outcome = id ? take(*id, key, value) : fail(environment_error(Code::corrupt, "a damaged key in the queue"));
    return outcome.has_value();
  });
  return scanned ? outcome : scanned;
}

template <class T>
Result<void> keep(Result<T> parsed, T& into) {
  if (!parsed) return fail(parsed.error());
  into = std::move(*parsed);
  return {};
}

/// The records of the messages in [first, last). What is accepted meanwhile is behind them.
Result<Book> read_book(const store::Partition& rows, const MessageId& first, const std::optional<MessageId>& last) {
  Book book;
  Result<void> read = read_rows(rows, kAccepted, first, last, [&](const MessageId& id, View key, View value) {
    book[id].keys.push_back(own(key));
    return keep(parse_acceptance(value), book[id].accepted.emplace());
  });
  if (read) {
    read = read_rows(rows, kMessages, first, last, [&](const MessageId& id, View, View value) {
      return keep(parse_message(value), book[id].message.emplace());
    });
  }
  if (read) {
    read = read_rows(rows, kItems, first, last, [&](const MessageId& id, View, View value) {
      Item item;
      Result<void> parsed = keep(parse_item(value), item);
      for (const Recipient& recipient : item.recipients) book[id].waiting.push_back(recipient.number);
      return parsed;
    });
  }
  if (read) {
    read = read_rows(rows, kEnded, first, last, [&](const MessageId& id, View key, View value) {
      std::vector<End> ends;
      Result<void> parsed = keep(parse_ends(value), ends);
      for (const End& end : ends) book[id].ended.push_back(end.recipient);
      book[id].keys.push_back(own(key));
      return parsed;
    });
  }
  if (!read) return fail(read.error());
  return book;
}

/// What is wrong with the records of a message.
std::vector<std::string> faults_of(const store::Partition& rows, const MessageId& id, const Records& records) {
  std::vector<std::string> faults;
  const std::string name = "message " + id.text();
  if (!records.accepted) return {name + " is in the queue or ended and was never accepted"};
  const std::uint32_t count = records.accepted->recipients;
  std::vector<unsigned> seen(count, 0);
  for (const auto* numbers : {&records.waiting, &records.ended}) {
    for (const std::uint32_t number : *numbers) {
      if (number < count) {
        ++seen[number];
      } else {
        faults.push_back(name + " has no recipient " + std::to_string(number));
      }
    }
  }
  for (std::uint32_t number = 0; number < count; ++number) {
    const std::string which = name + ", recipient " + std::to_string(number);
    if (seen[number] == 0) faults.push_back(which + " is lost: it neither waits nor has it ended");
    if (seen[number] > 1) faults.push_back(which + " has ended more than once, or ended and waits");
  }
  if (records.waiting.empty() != !records.message) {
    faults.push_back(
        name + (records.message ? " has ended and its envelope is still there" : " waits and its envelope is gone"));
  }
  if (records.message && records.message->octets > 0) {
    const auto last = rows.read_blob(records.message->body, records.message->octets - 1, 2);
    if (!last || last->size() != 1) faults.push_back(name + " waits and its body is not whole");
  }
  return faults;
}

/// Where to cut, so that a slice has kMessagesAtOnce acceptances at most. @returns nullopt at the end
Result<std::optional<MessageId>> slice_end(const store::Partition& rows, const MessageId& first) {
  std::optional<MessageId> end;
  std::size_t count = 0;
  const auto scanned =
      rows.scan(own(kAccepted) + first.text(), store::after_prefix(kAccepted), [&](View key, View, store::Revision) {
        if (++count <= kMessagesAtOnce) return true;
        end = MessageId::parse(name_in(key));
        return false;
      });
  if (!scanned) return fail(scanned.error());
  return end;
}

/// Calls `each` with slices of the ledger.
Result<void> each_slice(const store::Partition& rows,
                        const std::function<Result<void>(Book& book, const std::optional<MessageId>& last)>& each) {
  std::optional<MessageId> first = MessageId{};
  while (first) {
    const Result<std::optional<MessageId>> last = slice_end(rows, *first);
    if (!last) return fail(last.error());
    Result<Book> book = read_book(rows, *first, *last);
    if (!book) return fail(book.error());
    if (auto done = each(*book, *last); !done) return done;
    first = *last;
  }
  return {};
}

}  // namespace

View name_of(Ending ending) {
  switch (ending) {
    case Ending::stored: return "stored";
    case Ending::relayed: return "relayed";
    case Ending::bounced: return "bounced";
    case Ending::discarded: return "discarded";
    case Ending::expired: return "expired";
    case Ending::removed: return "removed";
    case Ending::handed_over: return "handed over";
    case Ending::unkept: return "discarded as configured";
  }
  return "unknown";
}

Result<LedgerSums> check_ledger(store::Store& store, const std::function<void(View)>& fault) {
  Result<std::unique_ptr<store::Partition>> rows = store.open(kQueueAccount);
  if (!rows) return fail(rows.error());
  LedgerSums sums;
  const Result<void> walked = each_slice(**rows, [&](Book& book, const std::optional<MessageId>&) -> Result<void> {
    for (auto& [id, records] : book) {
      std::vector<std::string> faults = faults_of(**rows, id, records);
      if (!faults.empty()) {
        // It may have moved on between two of our reads: only what is wrong a second time is wrong.
        Result<Book> again = read_book(**rows, id, MessageId{id.order, id.salt + 1});
        if (!again) return fail(again.error());
        records = (*again)[id];
        const bool gone = !records.accepted && !records.message && records.waiting.empty() && records.ended.empty();
        faults = gone ? std::vector<std::string>() : faults_of(**rows, id, records);
      }
      sums.accepted += records.accepted ? 1 : 0;
      sums.recipients += records.accepted ? records.accepted->recipients : 0;
      sums.waiting += records.waiting.size();
      sums.ended += records.ended.size();
      sums.faults += faults.size();
      for (const std::string& text : faults) fault(text);
    }
    return {};
  });
  if (!walked) return fail(walked.error());
  return sums;
}

Result<std::uint64_t> expire_ledger(store::Store& store, WallTime before) {
  Result<std::unique_ptr<store::Partition>> rows = store.open(kQueueAccount);
  if (!rows) return fail(rows.error());
  std::uint64_t removed = 0;
  const Result<void> walked = each_slice(**rows, [&](Book& book, const std::optional<MessageId>&) -> Result<void> {
    store::Batch batch;
    for (const auto& [id, records] : book) {
      if (id.time() >= before || !records.waiting.empty() || records.message) continue;
      for (const std::string& key : records.keys) batch.erase(key);
      ++removed;
    }
    if (batch.empty()) return {};
    const auto committed = (*rows)->commit(batch, store::Durability::relaxed);
    return committed ? Result<void>() : fail(committed.error());
  });
  if (!walked) return fail(walked.error());
  return removed;
}

}  // namespace posthorn::queue
