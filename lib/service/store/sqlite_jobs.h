// What the writer of a shard does inside its transactions: apply a batch, stage a body, forget one, erase an account.
// Each takes a connection with an open transaction. A refusal (conflict, not_found) comes before the first change.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "posthorn/service/store/store.h"

#include "service/store/sqlite_connection.h"

namespace posthorn::store::sqlite {

/// Rowids of the chunks of a body: its number and 24 bits for the place in it.
inline constexpr unsigned kChunkBits = 24;
inline constexpr std::uint64_t kChunkMask = (std::uint64_t{1} << kChunkBits) - 1;
/// Numbers of bodies end here, so that chunks stay positive.
inline constexpr std::uint64_t kLastBlob = (std::uint64_t{1} << (63 - kChunkBits)) - 1;

[[nodiscard]] constexpr std::uint64_t chunk_of(BlobId blob, std::uint64_t place) {
  return (blob.value() << kChunkBits) | place;
}

/// A finished body that no batch kept yet.
struct Draft {
  AccountId account;
  BlobId blob;
  std::uint64_t octets = 0;
  bool staged = false;  ///< its chunks are in the file, else in `body`
  std::string body;
};

/// The bodies among the operations `keep` of a batch that are drafts of this process.
using Drafted = std::vector<std::shared_ptr<const Draft>>;

/// Applies a batch whole or refuses it. @errors conflict, not_found; whatever else leaves the transaction half done
[[nodiscard]] Result<Revision> apply(Connection& connection, AccountId account, const Batch& batch,
                                     const Drafted& drafted, std::size_t chunk_octets);

/// Writes the piece of a staged body that begins at chunk `place`; the first piece makes its draft row.
[[nodiscard]] Result<void> stage(Connection& connection, const Draft& draft, std::uint64_t session, std::uint64_t place,
                                 View octets, std::size_t chunk_octets);

/// Removes a staged body that is still a draft.
[[nodiscard]] Result<void> forget(Connection& connection, BlobId blob);

/// Removes all rows and bodies of an account; its revisions are not used again.
[[nodiscard]] Result<void> erase_account(Connection& connection, AccountId account);

/// Takes `count` numbers that nobody else gets: returns the first one.
[[nodiscard]] Result<std::uint64_t> reserve(Connection& connection, View name, std::uint64_t count);

}  // namespace posthorn::store::sqlite
