// One shard: its writer, its readers, and the bodies that wait for the batch that keeps them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "posthorn/service/store/store.h"

#include "service/store/sqlite_jobs.h"
#include "service/store/sqlite_readers.h"
#include "service/store/sqlite_writer.h"

namespace posthorn::store::sqlite {

class Shard {
 public:
  Shard(std::unique_ptr<Writer> writer, std::string database, unsigned readers, std::size_t chunk_octets)
      : writer_(std::move(writer)), readers_(std::move(database), readers), chunk_octets_(chunk_octets) {}

  [[nodiscard]] Result<Readers::Lease> reader() { return readers_.take(); }
  [[nodiscard]] std::size_t chunk_octets() const { return chunk_octets_; }

  [[nodiscard]] Result<Revision> commit(AccountId account, const Batch& batch, Durability durability);
  [[nodiscard]] Result<void> erase(AccountId account);

  /// A number for a new body that no other body of this shard ever has.
  [[nodiscard]] Result<BlobId> take_number();
  /// Writes a piece of a big body, from chunk `place` on.
  [[nodiscard]] Result<void> stage(const Draft& draft, std::uint64_t session, std::uint64_t place, View octets);
  /// Remembers a finished body until it is kept or abandoned.
  void add(std::shared_ptr<const Draft> draft);
  /// Forgets a body that was not kept.
  void abandon(const Draft& draft);

  /// As Store::purge.
  [[nodiscard]] Result<void> purge() { return writer_->purge(); }

  /// Removes the staged bodies of sessions that have ended.
  [[nodiscard]] Result<void> collect(const std::function<bool(std::uint64_t session)>& is_alive);
  /// Takes a number for a session. @errors as commit
  [[nodiscard]] Result<std::uint64_t> take_session();

 private:
  [[nodiscard]] Drafted drafted(AccountId account, const Batch& batch);
  void settle(const Batch& batch);
  [[nodiscard]] Result<std::uint64_t> reserve_numbers(View name, std::uint64_t count);

  std::unique_ptr<Writer> writer_;
  Readers readers_;
  std::size_t chunk_octets_;
  std::mutex drafts_mutex_;
  std::unordered_map<BlobId, std::shared_ptr<const Draft>> drafts_;
  std::mutex numbers_mutex_;
  std::uint64_t next_number_ = 0;
  std::uint64_t numbers_end_ = 0;  // numbers from next_number_ up to here are ours
};

}  // namespace posthorn::store::sqlite
