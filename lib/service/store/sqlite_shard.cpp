#include "service/store/sqlite_shard.h"

#include <algorithm>
#include <utility>

#include "service/store/rules.h"

namespace posthorn::store::sqlite {
namespace {

constexpr std::uint64_t kNumbersAtOnce = 4096;

Result<void> collect_numbers(Statement& statement, std::vector<std::uint64_t>& found) {
  for (;;) {
    const Result<bool> more = statement.step();
    if (!more) return fail(more.error());
    if (!*more) return {};
    found.push_back(statement.number(0));
  }
}

/// Removes every staged body of one session.
Result<void> forget_session(Connection& connection, std::uint64_t session) {
  std::vector<std::uint64_t> blobs;
  {
    Statement list = connection.query(Query::drafts);
    if (Result<void> ok = collect_numbers(list.bind(session), blobs); !ok) return ok;
  }
  for (const std::uint64_t blob : blobs) {
    if (Result<void> ok = forget(connection, BlobId(blob)); !ok) return ok;
  }
  return {};
}

bool removes(const Batch& batch) {
  return std::ranges::any_of(batch.operations(), [](const Batch::Operation& operation) {
    return operation.kind == Batch::Kind::erase || operation.kind == Batch::Kind::drop;
  });
}

}  // namespace

Drafted Shard::drafted(AccountId account, const Batch& batch) {
  Drafted found;
  const std::lock_guard lock(drafts_mutex_);
  for (const Batch::Operation& operation : batch.operations()) {
    if (operation.kind != Batch::Kind::keep) continue;
    const auto draft = drafts_.find(operation.blob);
    if (draft != drafts_.end() && draft->second->account == account) found.push_back(draft->second);
  }
  return found;
}

void Shard::settle(const Batch& batch) {
  std::vector<std::shared_ptr<const Draft>> dropped;
  {
    const std::lock_guard lock(drafts_mutex_);
    for (const Batch::Operation& operation : batch.operations()) {
      if (operation.kind == Batch::Kind::keep) drafts_.erase(operation.blob);
    }
    for (const Batch::Operation& operation : batch.operations()) {
      if (operation.kind != Batch::Kind::drop) continue;
      if (const auto draft = drafts_.find(operation.blob); draft != drafts_.end()) dropped.push_back(draft->second);
    }
  }
  for (const auto& draft : dropped) abandon(*draft);
}

Result<Revision> Shard::commit(AccountId account, const Batch& batch, Durability durability) {
  if (Result<void> ok = check_batch(batch); !ok) return fail(std::move(ok.error()));
  const Drafted bodies = drafted(account, batch);
  std::size_t octets = batch.octets();
  for (const auto& draft : bodies) octets += draft->body.size();
  Revision revision;
  const Result<void> done = writer_->perform({
      .run = [&](Connection& connection) -> Result<void> {
        const Result<Revision> applied = apply(connection, account, batch, bodies, chunk_octets_);
        if (!applied) return fail(applied.error());
        revision = *applied;
        return {};
      },
      .changed = account,
      .durability = durability,
      .octets = octets,
      .removes = removes(batch),
  });
  if (!done) return fail(done.error());
  settle(batch);
  return revision;
}

Result<void> Shard::erase(AccountId account) {
  return writer_->perform({.run = [account](Connection& connection) { return erase_account(connection, account); },
                           .changed = account,
                           .durability = Durability::synced,
                           .octets = 0,
                           .removes = true});
}

Result<std::uint64_t> Shard::reserve_numbers(View name, std::uint64_t count) {
  std::uint64_t first = 0;
  const Result<void> done = writer_->perform({.run = [&](Connection& connection) -> Result<void> {
                                                const Result<std::uint64_t> taken = reserve(connection, name, count);
                                                if (!taken) return fail(taken.error());
                                                first = *taken;
                                                return {};
                                              },
                                              .changed = {},
                                              .durability = Durability::relaxed,
                                              .octets = 0});
  if (!done) return fail(done.error());
  return first;
}

Result<BlobId> Shard::take_number() {
  const std::lock_guard lock(numbers_mutex_);
  if (next_number_ == numbers_end_) {
    const Result<std::uint64_t> first = reserve_numbers("blob", kNumbersAtOnce);
    if (!first) return fail(first.error());
    if (*first + kNumbersAtOnce > kLastBlob) return fail(environment_error(Code::no_space, "no numbers left"));
    next_number_ = *first;
    numbers_end_ = *first + kNumbersAtOnce;
  }
  return BlobId(next_number_++);
}

Result<std::uint64_t> Shard::take_session() { return reserve_numbers("session", 1); }

Result<void> Shard::stage(const Draft& draft, std::uint64_t session, std::uint64_t place, View octets) {
  return writer_->perform({.run =
                               [&](Connection& connection) {
                                 return sqlite::stage(connection, draft, session, place, octets, chunk_octets_);
                               },
                           .changed = {},
                           .durability = Durability::relaxed,
                           .octets = octets.size()});
}

void Shard::add(std::shared_ptr<const Draft> draft) {
  const std::lock_guard lock(drafts_mutex_);
  const BlobId blob = draft->blob;
  drafts_.emplace(blob, std::move(draft));
}

void Shard::abandon(const Draft& draft) {
  const BlobId blob = draft.blob;
  const bool staged = draft.staged;
  {
    const std::lock_guard lock(drafts_mutex_);
    drafts_.erase(blob);
  }
  if (!staged) return;
  writer_->enqueue({.run = [blob](Connection& connection) { return forget(connection, blob); },
                    .changed = {},
                    .durability = Durability::relaxed,
                    .octets = 0,
                    .removes = true});
}

Result<void> Shard::collect(const std::function<bool(std::uint64_t)>& is_alive) {
  std::vector<std::uint64_t> ended;
  const Result<void> listed = writer_->perform({.run = [&](Connection& connection) -> Result<void> {
                                                  ended.clear();
                                                  Statement list = connection.query(Query::sessions);
                                                  return collect_numbers(list, ended);
                                                },
                                                .changed = {},
                                                .durability = Durability::relaxed,
                                                .octets = 0});
  if (!listed) return listed;
  std::erase_if(ended, is_alive);
  if (ended.empty()) return {};
  return writer_->perform({.run = [&](Connection& connection) -> Result<void> {
                             for (const std::uint64_t session : ended) {
                               if (Result<void> ok = forget_session(connection, session); !ok) return ok;
                             }
                             return {};
                           },
                           .changed = {},
                           .durability = Durability::relaxed,
                           .octets = 0,
                           .removes = true});
}

}  // namespace posthorn::store::sqlite
