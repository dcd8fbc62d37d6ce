#include "service/store/sqlite_writer.h"

#include <utility>

#include "service/store/sqlite_gate.h"

namespace posthorn::store::sqlite {
namespace {

bool is_refusal(const Error& error) { return error.code == Code::conflict || error.code == Code::not_found; }

}  // namespace

struct Writer::Ticket {
  Job job;
  Result<void> outcome;
  Gate answered;
};

Result<std::unique_ptr<Writer>> Writer::open(WriterOptions options, Changes& changes) {
  Result<File> lock_file = File::open(options.lock_file);
  if (!lock_file) return fail(std::move(lock_file.error()));
  Result<Connection> connection = Connection::open(options.database, Access::write);
  if (!connection) return fail(std::move(connection.error()));
  return std::make_unique<Writer>(std::move(options), std::move(*connection), std::move(*lock_file), changes);
}

Writer::Writer(WriterOptions options, Connection connection, File lock_file, Changes& changes)
    : options_(std::move(options)),
      connection_(std::move(connection)),
      lock_file_(std::move(lock_file)),
      changes_(changes),
      checkpoint_at_(options_.checkpoint_pages),
      thread_([this] { work(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    queue_.stopping = true;
    arrived_.notify_one();
  }
  thread_.join();
}

Result<void> Writer::perform(Job job) {
  const auto ticket = std::make_shared<Ticket>();
  ticket->job = std::move(job);
  if (queue(ticket, true)) {
    ticket->answered.wait();
  } else {
    run_group(std::span(&ticket, 1));
    end_turn();
  }
  return std::move(ticket->outcome);
}

void Writer::enqueue(Job job) {
  auto ticket = std::make_shared<Ticket>();
  ticket->job = std::move(job);
  static_cast<void>(queue(ticket, false));
}

Result<void> Writer::purge() {
  const auto nothing = [](Connection&) -> Result<void> { return {}; };
  Result<void> done = perform({.run = nothing, .changed = {}, .durability = Durability::relaxed, .octets = 0});
  if (!done) return done;
  const Result<File> lock_file = File::open(options_.lock_file);
  if (!lock_file) return fail(lock_file.error());
  Result<Connection> connection = Connection::open(options_.database, Access::write);
  if (!connection) return fail(std::move(connection.error()));
  return purge_log(*connection, *lock_file, kPurgePatience);
}

bool Writer::queue(const std::shared_ptr<Ticket>& ticket, bool may_write) {
  const std::lock_guard lock(mutex_);
  if (may_write && !queue_.taken && queue_.waiting.empty()) {
    queue_.taken = true;
    return false;
  }
  queue_.waiting.push_back(ticket);
  // Who has the turn looks at the queue when it ends.
  if (!queue_.taken && queue_.waiting.size() == 1) arrived_.notify_one();
  return true;
}

void Writer::end_turn() {
  const std::lock_guard lock(mutex_);
  queue_.taken = false;
  const std::optional<PurgeTime> due = purge_.due();
  const bool earlier = due && (!queue_.awaited || *due < *queue_.awaited);
  if (!queue_.waiting.empty() || queue_.stopping || earlier || is_checkpoint_due()) arrived_.notify_one();
}

bool Writer::is_purge_due() const {
  const std::optional<PurgeTime> due = purge_.due();
  return due && purge_clock() >= *due;
}

std::optional<Writer::Group> Writer::take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    queue_.awaited.reset();
    if (!queue_.taken) {
      if (!queue_.waiting.empty() || is_checkpoint_due() || is_purge_due()) break;
      if (queue_.stopping) return std::nullopt;
      queue_.awaited = purge_.due();
    }
    if (queue_.awaited) {
      arrived_.wait_until(lock, *queue_.awaited);
    } else {
      arrived_.wait(lock);
    }
  }
  queue_.taken = true;
  Group group;
  std::size_t octets = 0;
  while (!queue_.waiting.empty() && group.size() < options_.group && octets < options_.group_octets) {
    octets += queue_.waiting.front()->job.octets;
    group.push_back(std::move(queue_.waiting.front()));
    queue_.waiting.pop_front();
  }
  return group;
}

void Writer::work() {
  while (const std::optional<Group> group = take()) {
    if (!group->empty()) run_group(*group);
    if (is_checkpoint_due()) checkpoint();
    if (is_purge_due()) try_purge({});
    end_turn();
  }
  if (purge_.removed()) try_purge(kPurgeAtEnd);
}

void Writer::run_group(std::span<const std::shared_ptr<Ticket>> group) {
  Result<void> done = transact(group);
  if (!done && group.size() > 1) {
    // one of them is to blame: each for itself
    for (std::size_t i = 0; i < group.size(); ++i) run_group(group.subspan(i, 1));
    return;
  }
  if (done) {
    bool changed = false;
    for (const std::shared_ptr<Ticket>& ticket : group) {
      if (!ticket->outcome || !ticket->job.changed) continue;
      changes_.mark(*ticket->job.changed);
      changed = true;
    }
    if (changed) changes_.ring();
  } else {
    group.front()->outcome = std::move(done);
  }
  for (const std::shared_ptr<Ticket>& ticket : group) ticket->answered.open();
}

Result<void> Writer::transact(std::span<const std::shared_ptr<Ticket>> group) {
  const Result<Lock> turn = take_turn(lock_file_);
  if (!turn) return fail(turn.error());
  Result<void> done = set_durability(group);
  if (done) done = connection_.query(Query::begin).run();
  for (std::size_t i = 0; done && i < group.size(); ++i) {
    Ticket& ticket = *group[i];
    ticket.outcome = ticket.job.run(connection_);
    if (!ticket.outcome && !is_refusal(ticket.outcome.error())) done = ticket.outcome;
  }
  if (done) done = connection_.query(Query::commit).run();
  // what was undone may stand in the log already
  bool removed = !done;
  for (const std::shared_ptr<Ticket>& ticket : group) removed = removed || ticket->job.removes;
  purge_.worked(removed, purge_clock());
  if (!done) recover();
  return done;
}

Result<void> Writer::set_durability(std::span<const std::shared_ptr<Ticket>> group) {
  Durability wanted = Durability::relaxed;
  for (const std::shared_ptr<Ticket>& ticket : group) {
    if (ticket->job.durability == Durability::synced) wanted = Durability::synced;
  }
  if (wanted == durability_) return {};
  Result<void> done =
      connection_.execute(wanted == Durability::synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  if (done) durability_ = wanted;
  return done;
}

void Writer::recover() {
  if (connection_.recover()) return;
  Result<Connection> again = Connection::open(options_.database, Access::write);
  if (!again) return;  // the next transaction fails and tries once more
  connection_ = std::move(*again);
  durability_ = Durability::synced;
}

bool Writer::is_checkpoint_due() {
  const unsigned pages = connection_.log_pages();
  if (pages < options_.checkpoint_pages) checkpoint_at_ = options_.checkpoint_pages;
  return pages >= checkpoint_at_;
}

void Writer::checkpoint() {
  const unsigned pages = connection_.log_pages();
  // What a reader still needs stays in the log: then wait until it has grown by a part of itself. A failure does no
  // harm, the log holds everything.
  if (const Result<Lock> turn = take_turn(lock_file_)) static_cast<void>(connection_.checkpoint());
  checkpoint_at_ = pages + pages / 4;
}

void Writer::try_purge(std::chrono::milliseconds patience) {
  if (purge_log(connection_, lock_file_, patience, purge_.turn())) {
    purge_.done();
  } else {
    purge_.refused(purge_clock());
  }
}

}  // namespace posthorn::store::sqlite
