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
    stopping_ = true;
    arrived_.notify_one();
  }
  thread_.join();
}

Result<void> Writer::perform(Job job) {
  const auto ticket = std::make_shared<Ticket>();
  ticket->job = std::move(job);
  add(ticket);
  ticket->answered.wait();
  return std::move(ticket->outcome);
}

void Writer::enqueue(Job job) {
  auto ticket = std::make_shared<Ticket>();
  ticket->job = std::move(job);
  add(std::move(ticket));
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

void Writer::add(std::shared_ptr<Ticket> ticket) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    waiting_.push_back(std::move(ticket));
  }
  if (first) arrived_.notify_one();
}

Writer::Group Writer::take() {
  std::unique_lock lock(mutex_);
  const auto is_wanted = [this] { return stopping_ || !waiting_.empty(); };
  if (const std::optional<PurgeTime> due = purge_.due()) {
    arrived_.wait_until(lock, *due, is_wanted);
  } else {
    arrived_.wait(lock, is_wanted);
  }
  Group group;
  std::size_t octets = 0;
  while (!waiting_.empty() && group.size() < options_.group && octets < options_.group_octets) {
    octets += waiting_.front()->job.octets;
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return group;
}

void Writer::work() {
  for (;;) {
    const Group group = take();
    if (!group.empty()) {
      run_group(group);
      checkpoint_if_due();
    } else if (is_stopping()) {
      break;  // nothing waits any more
    }
    if (const std::optional<PurgeTime> due = purge_.due(); due && purge_clock() >= *due) try_purge({});
  }
  if (purge_.removed()) try_purge(kPurgeAtEnd);
}

bool Writer::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_ && waiting_.empty();
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

void Writer::checkpoint_if_due() {
  const unsigned pages = connection_.log_pages();
  if (pages < options_.checkpoint_pages) checkpoint_at_ = options_.checkpoint_pages;
  if (pages < checkpoint_at_) return;
  const Result<Lock> turn = take_turn(lock_file_);
  if (!turn) return;
  // What a reader still needs stays in the log: then wait until it has grown by a part of itself. A failure does no
  // harm, the log holds everything.
  static_cast<void>(connection_.checkpoint());
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
