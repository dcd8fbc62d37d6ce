#include "service/store/sqlite_jobs.h"

#include <algorithm>

namespace posthorn::store::sqlite {
namespace {

Error conflict() { return environment_error(Code::conflict, "expectation failed"); }

Result<std::uint64_t> number(Connection& connection, View name) {
  Statement get = connection.query(Query::number_get);
  const Result<bool> found = get.bind(name).step();
  if (!found) return fail(found.error());
  return *found ? get.number(0) : 0;
}

Result<void> expect(Connection& connection, AccountId account, const Batch::Operation& operation) {
  Statement get = connection.query(Query::row_revision);
  const Result<bool> found = get.bind(account.value()).bind(operation.key).step();
  if (!found) return fail(found.error());
  const std::optional<Revision> written = *found ? std::optional(Revision(get.number(0))) : std::nullopt;
  if (written != operation.seen) return fail(conflict());
  return {};
}

const Draft* find(const Drafted& drafted, BlobId blob) {
  const auto found =
      std::find_if(drafted.begin(), drafted.end(), [&](const auto& draft) { return draft->blob == blob; });
  return found == drafted.end() ? nullptr : found->get();
}

/// Whether the body is already kept.
Result<bool> is_kept(Connection& connection, AccountId account, BlobId blob) {
  return connection.query(Query::blob_size).bind(account.value()).bind(blob.value()).step();
}

/// Everything that can refuse a batch, before anything is changed.
Result<void> judge(Connection& connection, AccountId account, const Batch& batch, const Drafted& drafted) {
  for (const Batch::Operation& operation : batch.operations()) {
    if (operation.kind == Batch::Kind::expect) {
      if (Result<void> ok = expect(connection, account, operation); !ok) return ok;
    } else if (operation.kind == Batch::Kind::keep && find(drafted, operation.blob) == nullptr) {
      const Result<bool> kept = is_kept(connection, account, operation.blob);
      if (!kept) return fail(kept.error());
      if (!*kept) return fail(caller_error(Code::not_found, "no such body to keep"));
    }
  }
  return {};
}

Result<Revision> next_revision(Connection& connection, AccountId account) {
  std::uint64_t revision = 0;
  {
    Statement get = connection.query(Query::account_get);
    const Result<bool> found = get.bind(account.value()).step();
    if (!found) return fail(found.error());
    if (*found) revision = get.number(0);
  }
  if (revision == 0) {
    const Result<std::uint64_t> floor = number(connection, "floor");
    if (!floor) return fail(floor.error());
    revision = *floor;
  }
  ++revision;
  if (Result<void> ok = connection.query(Query::account_put).bind(account.value()).bind(revision).run(); !ok) {
    return fail(std::move(ok.error()));
  }
  return Revision(revision);
}

Result<void> put_chunks(Connection& connection, BlobId blob, std::uint64_t place, View octets,
                        std::size_t chunk_octets) {
  for (; !octets.empty(); ++place) {
    const View chunk = octets.substr(0, chunk_octets);
    if (place > kChunkMask) return fail(caller_error(Code::too_long, "body"));
    if (Result<void> ok = connection.query(Query::chunk_put).bind(chunk_of(blob, place)).bind(chunk).run(); !ok) {
      return ok;
    }
    octets.remove_prefix(chunk.size());
  }
  return {};
}

Result<void> erase_chunks(Connection& connection, BlobId blob) {
  return connection.query(Query::chunks_erase).bind(chunk_of(blob, 0)).bind(chunk_of(blob, kChunkMask)).run();
}

Result<void> keep(Connection& connection, AccountId account, BlobId blob, const Drafted& drafted,
                  std::size_t chunk_octets) {
  const Draft* draft = find(drafted, blob);
  const Result<bool> kept = is_kept(connection, account, blob);
  if (!kept) return fail(kept.error());
  if (draft == nullptr || *kept) return {};
  if (draft->staged) {
    if (Result<void> ok = connection.query(Query::draft_erase).bind(blob.value()).run(); !ok) return ok;
    if (connection.changes() == 0) return fail(caller_error(Code::misuse, "the body was forgotten with its account"));
  } else if (Result<void> ok = put_chunks(connection, blob, 0, draft->body, chunk_octets); !ok) {
    return ok;
  }
  return connection.query(Query::blob_put).bind(account.value()).bind(blob.value()).bind(draft->octets).run();
}

Result<void> drop(Connection& connection, AccountId account, BlobId blob) {
  if (Result<void> ok = connection.query(Query::blob_erase).bind(account.value()).bind(blob.value()).run(); !ok) {
    return ok;
  }
  if (connection.changes() == 0) return {};
  return erase_chunks(connection, blob);
}

Result<std::vector<BlobId>> blobs_of(Connection& connection, AccountId account) {
  std::vector<BlobId> blobs;
  Statement list = connection.query(Query::blobs);
  list.bind(account.value());
  for (;;) {
    const Result<bool> more = list.step();
    if (!more) return fail(more.error());
    if (!*more) return blobs;
    blobs.emplace_back(list.number(0));
  }
}

}  // namespace

Result<Revision> apply(Connection& connection, AccountId account, const Batch& batch, const Drafted& drafted,
                       std::size_t chunk_octets) {
  if (Result<void> ok = judge(connection, account, batch, drafted); !ok) return fail(std::move(ok.error()));
  const Result<Revision> revision = next_revision(connection, account);
  if (!revision) return revision;
  for (const Batch::Operation& operation : batch.operations()) {
    Result<void> ok;
    switch (operation.kind) {
      case Batch::Kind::put:
        ok = connection.query(Query::row_put)
                 .bind(account.value())
                 .bind(operation.key)
                 .bind(operation.value)
                 .bind(revision->value())
                 .run();
        break;
      case Batch::Kind::erase:
        ok = connection.query(Query::row_erase).bind(account.value()).bind(operation.key).run();
        break;
      case Batch::Kind::expect: break;
      case Batch::Kind::keep: ok = keep(connection, account, operation.blob, drafted, chunk_octets); break;
      case Batch::Kind::drop: ok = drop(connection, account, operation.blob); break;
    }
    if (!ok) return fail(std::move(ok.error()));
  }
  return revision;
}

Result<void> stage(Connection& connection, const Draft& draft, std::uint64_t session, std::uint64_t place, View octets,
                   std::size_t chunk_octets) {
  if (place == 0) {
    Result<void> ok =
        connection.query(Query::draft_put).bind(draft.blob.value()).bind(draft.account.value()).bind(session).run();
    if (!ok) return ok;
  }
  return put_chunks(connection, draft.blob, place, octets, chunk_octets);
}

Result<void> forget(Connection& connection, BlobId blob) {
  if (Result<void> ok = connection.query(Query::draft_erase).bind(blob.value()).run(); !ok) return ok;
  if (connection.changes() == 0) return {};
  return erase_chunks(connection, blob);
}

Result<void> erase_account(Connection& connection, AccountId account) {
  std::uint64_t revision = 0;
  {
    Statement get = connection.query(Query::account_get);
    const Result<bool> found = get.bind(account.value()).step();
    if (!found) return fail(found.error());
    if (!*found) return {};
    revision = get.number(0);
  }
  const Result<std::uint64_t> floor = number(connection, "floor");
  if (!floor) return fail(floor.error());
  if (revision > *floor) {
    if (Result<void> ok = connection.query(Query::number_put).bind("floor").bind(revision).run(); !ok) return ok;
  }
  const Result<std::vector<BlobId>> blobs = blobs_of(connection, account);
  if (!blobs) return fail(blobs.error());
  for (const BlobId blob : *blobs) {
    if (Result<void> ok = drop(connection, account, blob); !ok) return ok;
  }
  if (Result<void> ok = connection.query(Query::rows_erase).bind(account.value()).run(); !ok) return ok;
  return connection.query(Query::account_erase).bind(account.value()).run();
}

Result<std::uint64_t> reserve(Connection& connection, View name, std::uint64_t count) {
  const Result<std::uint64_t> used = number(connection, name);
  if (!used) return used;
  if (Result<void> ok = connection.query(Query::number_put).bind(name).bind(*used + count).run(); !ok) {
    return fail(std::move(ok.error()));
  }
  return *used + 1;
}

}  // namespace posthorn::store::sqlite
