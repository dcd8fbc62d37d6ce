// Reads a whole shard and names what contradicts itself.
#pragma once

#include <functional>

#include "posthorn/service/store/store.h"

#include "service/store/sqlite_connection.h"
#include "service/store/sqlite_files.h"

namespace posthorn::store::sqlite {

/// The shard in which an account lives: part of the format.
[[nodiscard]] constexpr unsigned shard_of(AccountId account, unsigned shards) {
  std::uint64_t mixed = account.value();
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<unsigned>((mixed ^ (mixed >> 31U)) % shards);
}

/// Checks one shard as it is at one moment (docs/formats/store.md, "What check verifies").
/// @errors what keeps it from reading on
[[nodiscard]] Result<void> check_shard(Connection& connection, unsigned shard, const Layout& layout,
                                       const std::function<void(View)>& problem);

}  // namespace posthorn::store::sqlite
