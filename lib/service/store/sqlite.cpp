// Puts shards, sessions and notification together and gives them the interface of the store.
#include "posthorn/service/store/sqlite.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "service/store/rules.h"
#include "service/store/sqlite_changes.h"
#include "service/store/sqlite_check.h"
#include "service/store/sqlite_shard.h"

namespace posthorn::store {
namespace sqlite {
namespace {

/// Everything that partitions share with their store.
struct Core {
  Core(const SqliteOptions& o, const Layout& l) : options(o), layout(l) {}

  SqliteOptions options;
  Layout layout;
  File sessions;  // octet N is locked as long as session N lives
  std::uint64_t session = 0;
  Lock alive;
  std::unique_ptr<Changes> changes;
  std::vector<std::unique_ptr<Shard>> shards;

  [[nodiscard]] Shard& shard(AccountId account) const { return *shards[shard_of(account, layout.shards)]; }
  [[nodiscard]] bool is_alive(std::uint64_t other) const { return other == session || Lock::is_held(sessions, other); }
};

/// The finished bodies of one Partition object; those that were not kept end with it.
class Drafts {
 public:
  explicit Drafts(Shard& shard) : shard_(shard) {}
  Drafts(const Drafts&) = delete;
  Drafts& operator=(const Drafts&) = delete;
  ~Drafts() {
    for (const auto& weak : finished_) {
      if (const auto draft = weak.lock()) shard_.abandon(*draft);
    }
  }
  void add(std::shared_ptr<const Draft> draft) {
    const std::lock_guard lock(mutex_);
    std::erase_if(finished_, [](const auto& weak) { return weak.expired(); });
    finished_.push_back(draft);
    shard_.add(std::move(draft));
  }

 private:
  Shard& shard_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<const Draft>> finished_;  // the shard owns them
};

class SqliteBlobWriter : public BlobWriter {
 public:
  SqliteBlobWriter(std::shared_ptr<Core> core, std::shared_ptr<Drafts> drafts, AccountId account)
      : core_(std::move(core)),
        drafts_(std::move(drafts)),
        shard_(core_->shard(account)),
        draft_(
            std::make_shared<Draft>(Draft{.account = account, .blob = {}, .octets = 0, .staged = false, .body = {}})) {}
  SqliteBlobWriter(const SqliteBlobWriter&) = delete;
  SqliteBlobWriter& operator=(const SqliteBlobWriter&) = delete;
  ~SqliteBlobWriter() override {
    if (draft_ && draft_->staged) shard_.abandon(*draft_);
  }

  Result<void> append(View octets) override {
    if (!draft_) return fail(caller_error(Code::misuse, "append after finish"));
    const std::size_t limit = core_->options.body_in_memory;
    while (!octets.empty()) {
      const View piece = octets.substr(0, std::max<std::size_t>(limit, 1));
      draft_->body.append(piece);
      draft_->octets += piece.size();
      octets.remove_prefix(piece.size());
      if (draft_->body.size() <= limit) continue;
      const std::size_t whole = draft_->body.size() / shard_.chunk_octets() * shard_.chunk_octets();
      if (Result<void> ok = stage(whole); !ok) return ok;
    }
    return {};
  }

  Result<BlobId> finish() override {
    if (!draft_) return fail(caller_error(Code::misuse, "finished twice"));
    if (draft_->staged) {
      if (Result<void> ok = stage(draft_->body.size()); !ok) return fail(std::move(ok.error()));
    } else if (failure_) {
      return fail(*failure_);
    } else {
      const Result<BlobId> blob = shard_.take_number();
      if (!blob) return blob;
      draft_->blob = *blob;
    }
    const BlobId blob = draft_->blob;
    drafts_->add(std::move(draft_));
    draft_.reset();
    return blob;
  }

 private:
  /// Moves the first `count` octets of the buffer into the file. A failure ends the body.
  Result<void> stage(std::size_t count) {
    if (failure_) return fail(*failure_);
    if (count == 0) return {};
    if (!draft_->staged) {
      const Result<BlobId> blob = shard_.take_number();
      if (!blob) return broken(blob.error());
      draft_->blob = *blob;
    }
    const Result<void> done = shard_.stage(*draft_, core_->session, place_, View(draft_->body).substr(0, count));
    if (!done) return broken(done.error());
    draft_->staged = true;
    place_ += count / shard_.chunk_octets();
    draft_->body.erase(0, count);
    return {};
  }
  Result<void> broken(const Error& error) {
    failure_ = error;
    return fail(error);
  }

  std::shared_ptr<Core> core_;
  std::shared_ptr<Drafts> drafts_;
  Shard& shard_;
  std::shared_ptr<Draft> draft_;  // empty after finish
  std::uint64_t place_ = 0;
  std::optional<Error> failure_;
};

class SqlitePartition : public Partition {
 public:
  SqlitePartition(std::shared_ptr<Core> core, AccountId account)
      : core_(std::move(core)),
        account_(account),
        shard_(core_->shard(account)),
        drafts_(std::make_shared<Drafts>(shard_)) {}

  Result<std::optional<Entry>> get(View key) const override {
    if (Result<void> ok = check_key(key); !ok) return fail(std::move(ok.error()));
    const Result<Readers::Lease> reader = shard_.reader();
    if (!reader) return fail(reader.error());
    Statement get = (*reader)->query(Query::row_get);
    const Result<bool> found = get.bind(account_.value()).bind(key).step();
    if (!found) return fail(found.error());
    if (!*found) return std::nullopt;
    return Entry{own(get.octets(0)), Revision(get.number(1))};
  }

  Result<void> scan(View first, View last, const std::function<bool(View, View, Revision)>& each) const override {
    const Result<Readers::Lease> reader = shard_.reader();
    if (!reader) return fail(reader.error());
    Statement rows = (*reader)->query(Query::rows_scan);
    rows.bind(account_.value()).bind(first).bind(last);
    for (;;) {
      const Result<bool> more = rows.step();
      if (!more) return fail(more.error());
      if (!*more || !each(rows.octets(0), rows.octets(1), Revision(rows.number(2)))) return {};
    }
  }

  Result<Revision> commit(const Batch& batch, Durability durability) override {
    return shard_.commit(account_, batch, durability);
  }

  Result<Revision> revision() const override {
    const Result<Readers::Lease> reader = shard_.reader();
    if (!reader) return fail(reader.error());
    Statement get = (*reader)->query(Query::account_get);
    const Result<bool> found = get.bind(account_.value()).step();
    if (!found) return fail(found.error());
    return *found ? Revision(get.number(0)) : Revision();
  }

  std::uint64_t stamp() const override { return core_->changes->stamp(account_); }

  Result<std::unique_ptr<BlobWriter>> write_blob() override {
    return std::make_unique<SqliteBlobWriter>(core_, drafts_, account_);
  }

  Result<std::string> read_blob(BlobId blob, std::uint64_t offset, std::uint64_t count) const override;

  Result<void> each_blob(const std::function<void(BlobId, std::uint64_t)>& each) const override {
    std::vector<std::pair<BlobId, std::uint64_t>> blobs;  // first all: `each` may read
    {
      const Result<Readers::Lease> reader = shard_.reader();
      if (!reader) return fail(reader.error());
      Statement list = (*reader)->query(Query::blobs);
      list.bind(account_.value());
      for (;;) {
        const Result<bool> more = list.step();
        if (!more) return fail(more.error());
        if (!*more) break;
        blobs.emplace_back(BlobId(list.number(0)), list.number(1));
      }
    }
    for (const auto& [blob, octets] : blobs) each(blob, octets);
    return {};
  }

 private:
  std::shared_ptr<Core> core_;
  AccountId account_;
  Shard& shard_;
  std::shared_ptr<Drafts> drafts_;
};

Result<std::string> SqlitePartition::read_blob(BlobId blob, std::uint64_t offset, std::uint64_t count) const {
  if (blob.value() > kLastBlob) return fail(caller_error(Code::not_found, "no such body"));
  const Result<Readers::Lease> reader = shard_.reader();
  if (!reader) return fail(reader.error());
  const std::uint64_t chunk_octets = shard_.chunk_octets();
  const std::uint64_t end = offset + std::min(count, ~std::uint64_t{0} - offset);
  const std::uint64_t first = std::min(offset / chunk_octets, kChunkMask);
  const std::uint64_t last = count == 0 ? first : std::min((end - 1) / chunk_octets, kChunkMask);
  Statement read = (*reader)->query(Query::blobs_read);
  read.bind(account_.value()).bind(blob.value()).bind(chunk_of(blob, first)).bind(chunk_of(blob, last));
  std::string octets;
  std::uint64_t size = 0;
  bool found = false;
  for (;;) {
    const Result<bool> more = read.step();
    if (!more) return fail(more.error());
    if (!*more) break;
    if (!found) {
      found = true;
      size = read.number(0);
      if (offset >= size || count == 0) return octets;
      octets.reserve(static_cast<std::size_t>(std::min(end, size) - offset));
    }
    if (read.is_null(1)) continue;
    const std::uint64_t begins = (read.number(1) & kChunkMask) * chunk_octets;
    const View chunk = read.octets(2);
    const std::uint64_t from = std::min<std::uint64_t>(offset > begins ? offset - begins : 0, chunk.size());
    const std::uint64_t to = std::min<std::uint64_t>(end - begins, chunk.size());
    octets.append(chunk.substr(from, to - from));
  }
  if (!found) return fail(caller_error(Code::not_found, "no such body"));
  if (octets.size() != std::min(end, size) - offset) {
    return fail(Error(Code::corrupt, Blame::environment, Lasting::permanent, "a body with missing pieces"));
  }
  return octets;
}

class SqliteStore : public Store {
 public:
  explicit SqliteStore(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  Result<std::unique_ptr<Partition>> open(AccountId account) override {
    return std::make_unique<SqlitePartition>(core_, account);
  }
  Result<void> erase(AccountId account) override { return core_->shard(account).erase(account); }

  Result<void> each_account(const std::function<void(AccountId)>& each) const override {
    for (const std::unique_ptr<Shard>& shard : core_->shards) {
      std::vector<AccountId> accounts;
      {
        const Result<Readers::Lease> reader = shard->reader();
        if (!reader) return fail(reader.error());
        Statement list = (*reader)->query(Query::accounts);
        for (;;) {
          const Result<bool> more = list.step();
          if (!more) return fail(more.error());
          if (!*more) break;
          accounts.emplace_back(list.number(0));
        }
      }
      for (const AccountId account : accounts) each(account);
    }
    return {};
  }

  Result<void> purge() override {
    Result<void> done;
    for (const std::unique_ptr<Shard>& shard : core_->shards) {
      if (Result<void> ok = shard->purge(); !ok) done = ok;  // the others all the same
    }
    return done;
  }

  std::unique_ptr<Watch> watch(AccountId account, std::function<void()> changed) override {
    return core_->changes->watch(account, std::move(changed));
  }

  Result<void> check(const std::function<void(View)>& problem) const override {
    for (unsigned i = 0; i < core_->layout.shards; ++i) {
      Shard& shard = *core_->shards[i];
      // best effort: what ended processes staged is no damage
      static_cast<void>(shard.collect([&](std::uint64_t session) { return core_->is_alive(session); }));
      const Result<Readers::Lease> reader = shard.reader();
      if (!reader) return fail(reader.error());
      if (Result<void> ok = check_shard(**reader, i, core_->layout, problem); !ok) return ok;
    }
    return {};
  }

 private:
  std::shared_ptr<Core> core_;
};

std::string shard_path(const std::string& directory, unsigned shard, View suffix) {
  return directory + "/shard-" + std::to_string(shard) + own(suffix);
}

/// Makes the files of a new store; the format file comes last, so that an interrupted creation begins anew.
Result<void> create(const std::string& directory, const Layout& layout) {
  for (unsigned i = 0; i < layout.shards; ++i) {
    const std::string path = shard_path(directory, i, ".db");
    if (Result<void> ok = make_file(path); !ok) return ok;
    Result<Connection> connection = Connection::open(path, Access::write);
    if (!connection) return fail(std::move(connection.error()));
    if (Result<void> ok = create_tables(*connection, i); !ok) return ok;
  }
  return write_layout(directory, layout);
}

Result<std::unique_ptr<Shard>> open_shard(const Core& core, unsigned i) {
  const std::string path = shard_path(core.options.directory, i, ".db");
  Result<std::unique_ptr<Writer>> writer = Writer::open({.database = path,
                                                         .lock_file = shard_path(core.options.directory, i, ".lock"),
                                                         .group = core.options.group,
                                                         .group_octets = core.options.group_octets,
                                                         .checkpoint_pages = core.options.checkpoint_pages},
                                                        *core.changes);
  if (!writer) return fail(std::move(writer.error()));
  auto shard = std::make_unique<Shard>(std::move(*writer), path, core.options.readers, core.layout.chunk_octets);
  {
    const Result<Readers::Lease> reader = shard->reader();
    if (!reader) return fail(reader.error());
    if (Result<void> ok = check_tables(**reader, i); !ok) return fail(std::move(ok.error()));
  }
  return shard;
}

/// Enters the list of living sessions; staged bodies of sessions that ended are removed.
Result<void> begin_session(Core& core) {
  const Result<std::uint64_t> session = core.shards.front()->take_session();
  if (!session) return fail(session.error());
  core.session = *session;
  Result<Lock> alive = Lock::take(core.sessions, core.session);
  if (!alive) return fail(std::move(alive.error()));
  core.alive = std::move(*alive);
  for (const std::unique_ptr<Shard>& shard : core.shards) {
    // on a full disk they stay for the next time
    static_cast<void>(shard->collect([&](std::uint64_t other) { return core.is_alive(other); }));
  }
  return {};
}

Result<void> check_options(const SqliteOptions& options) {
  const bool good = !options.directory.empty() && options.shards >= 1 && options.shards <= 64 &&
                    options.chunk_octets >= 4096 && options.chunk_octets <= (1U << 20U) && options.readers >= 1 &&
                    options.group >= 1 && options.group_octets >= 1 && options.checkpoint_pages >= 1;
  if (!good) return fail(caller_error(Code::misuse, "store options out of range"));
  return {};
}

Result<std::shared_ptr<Core>> open_core(const SqliteOptions& options) {
  if (Result<void> ok = check_options(options); !ok) return fail(std::move(ok.error()));
  const std::string& directory = options.directory;
  if (Result<void> ok = make_directory(directory); !ok) return fail(std::move(ok.error()));
  const Result<File> opening = File::open(directory + "/open.lock");
  if (!opening) return fail(opening.error());
  const Result<Lock> alone = Lock::take(*opening, 0);
  if (!alone) return fail(alone.error());
  Result<Layout> layout = read_layout(directory);
  if (!layout) return fail(std::move(layout.error()));
  if (layout->shards == 0) {
    layout = Layout{options.shards, options.chunk_octets};
    if (Result<void> ok = create(directory, *layout); !ok) return fail(std::move(ok.error()));
  }
  auto core = std::make_shared<Core>(options, *layout);
  Result<File> sessions = File::open(directory + "/sessions.lock");
  if (!sessions) return fail(std::move(sessions.error()));
  core->sessions = std::move(*sessions);
  Result<std::unique_ptr<Changes>> changes = Changes::open(directory + "/changes");
  if (!changes) return fail(std::move(changes.error()));
  core->changes = std::move(*changes);
  for (unsigned i = 0; i < layout->shards; ++i) {
    Result<std::unique_ptr<Shard>> shard = open_shard(*core, i);
    if (!shard) return fail(std::move(shard.error()));
    core->shards.push_back(std::move(*shard));
  }
  if (Result<void> ok = begin_session(*core); !ok) return fail(std::move(ok.error()));
  return core;
}

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options) {
  Result<std::shared_ptr<sqlite::Core>> core = sqlite::open_core(options);
  if (!core) return fail(std::move(core.error()));
  return std::make_unique<sqlite::SqliteStore>(std::move(*core));
}

}  // namespace posthorn::store
