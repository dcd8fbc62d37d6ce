// The embedded store: a directory of a few SQLite files, written by one thread per file, shared by several processes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "posthorn/service/store/store.h"

namespace posthorn::store {

struct SqliteOptions {
  /// Made with mode 0700 when absent; its parent must exist.
  std::string directory;
  /// Files over which accounts are spread, 1 to 64. Fixed when the store is created, later values are ignored.
  unsigned shards = 4;
  /// Octets of a body per row, 4096 to 1 MiB. Fixed when the store is created, later values are ignored.
  std::size_t chunk_octets = 64U << 10U;
  /// Bodies up to this size wait in memory for the batch that keeps them; larger ones are staged in the file.
  std::size_t body_in_memory = 256U << 10U;
  /// Read connections per shard: so many reads run at once, further ones wait.
  unsigned readers = 4;
  /// Batches that one transaction takes at most.
  std::size_t group = 1024;
  /// Octets of keys, values and bodies after which a transaction takes no further batch.
  std::size_t group_octets = 16U << 20U;
  /// Pages (4 KiB) in the write-ahead log after which they are copied into the shard's file.
  unsigned checkpoint_pages = 4096;
};

/// Opens or creates a store. Several objects and processes may use one directory at once; an account that is written by
/// one is seen by all. @errors unsupported (made by a newer version), corrupt, no_space, unavailable, misuse (options)
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options);

}  // namespace posthorn::store
