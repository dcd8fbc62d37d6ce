#include "posthorn/io/caller.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <pthread.h>
#include <signal.h>

#include "posthorn/io/dial.h"
#include "posthorn/io/drive.h"

namespace posthorn::io {

namespace {

DialOptions dial_options(const Call& call) {
  DialOptions options;
  options.attempt = call.connect;
  options.source_v4 = call.source_v4;
  options.source_v6 = call.source_v6;
  options.limits.handshake = call.handshake;
  options.limits.write = call.write;
  return options;
}

std::vector<Endpoint> endpoints(const Call& call) {
  std::vector<Endpoint> all;
  for (const IpAddress& address : call.addresses) all.push_back({address, call.port});
  return all;
}

}  // namespace

struct Caller::Parts {
  explicit Parts(CallerOptions options) : worker(options.worker) {}

  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  TlsClient tls;
  std::unordered_set<Stream*> streams;  // on the thread of the context
  std::atomic<bool> stopping = false;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t calls = 0;  // guarded by mutex
  Worker worker;
  std::thread thread;

  asio::awaitable<void> make(Call call, Make make, CallEnd& end);
  asio::awaitable<void> talk(Stream& stream, const Call& call, CallEnd& end);
  void leave() {
    const std::lock_guard lock(mutex);
    --calls;
    changed.notify_all();
  }
  void for_each_stream(void (*what)(Stream&)) {
    asio::post(context, [this, what] {
      const std::vector<Stream*> now(streams.begin(), streams.end());
      for (Stream* stream : now) {
        if (streams.contains(stream)) what(*stream);
      }
    });
  }
};

asio::awaitable<void> Caller::Parts::make(Call call, Make make, CallEnd& end) {
  DialOptions options = dial_options(call);
  std::vector<Endpoint> candidates = endpoints(call);
  Result<Dialed> dialed = co_await dial(std::move(candidates), std::move(options));
  if (!dialed) {
    end.failure = dialed.error();
    co_return;
  }
  end.remote = dialed->remote.address;
  end.conversation = make();
  if (!end.conversation) co_return;
  streams.insert(dialed->stream.get());
  try {
    co_await talk(*dialed->stream, call, end);
  } catch (...) {
    streams.erase(dialed->stream.get());
    throw;
  }
  streams.erase(dialed->stream.get());
}

asio::awaitable<void> Caller::Parts::talk(Stream& stream, const Call& call, CallEnd& end) {
  const Upgrade upgrade = [&](Stream& over) -> asio::awaitable<Result<TlsFacts>> {
    tls::Demand demand = call.demand;
    TlsOutcome outcome = co_await over.upgrade(tls, std::move(demand));
    if (outcome) {
      end.achieved = std::move(*outcome);
      co_return end.achieved->facts;
    }
    end.refused = std::move(outcome.error());
    co_return fail(end.refused->error);
  };
  const Ending ending = co_await converse(stream, *end.conversation, worker, &stopping, &upgrade);
  end.finished = ending == Ending::finished;
}

Caller::Caller(CallerOptions options) : parts_(std::make_unique<Parts>(options)) {
  // Signals are for the program's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  parts_->thread = std::thread([this] { parts_->context.run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Caller::~Caller() { stop(Duration(0)); }

void Caller::call(Call call, Make make, Done done) {
  Parts& parts = *parts_;
  auto end = std::make_shared<CallEnd>();
  {
    const std::lock_guard lock(parts.mutex);
    if (parts.stopping) {
      end->failure = environment_error(Code::closed, "the program stops");
    } else {
      ++parts.calls;
    }
  }
  if (end->failure) return done(std::move(*end));
  auto finished = [&parts, end, done = std::move(done)](std::exception_ptr thrown) mutable {
    if (thrown && !end->failure) end->failure = Error(Code::defect, Blame::defect, Lasting::transient, "exception");
    parts.worker.submit([&parts, end, done = std::move(done)]() mutable {
      done(std::move(*end));
      parts.leave();
    });
  };
  asio::post(parts.context,
             [&parts, end, call = std::move(call), make = std::move(make), finished = std::move(finished)]() mutable {
               asio::co_spawn(parts.context, parts.make(std::move(call), std::move(make), *end), std::move(finished));
             });
}

void Caller::submit(std::move_only_function<void()> job) { parts_->worker.submit(std::move(job)); }

void Caller::reload() { parts_->tls.reload(); }

void Caller::stop(Duration grace) {
  Parts& parts = *parts_;
  if (!parts.thread.joinable()) return;
  parts.stopping = true;
  parts.for_each_stream([](Stream& stream) { stream.waker()(); });
  std::unique_lock lock(parts.mutex);
  const auto empty = [&parts] { return parts.calls == 0; };
  bool done = parts.changed.wait_for(lock, grace, empty);
  while (!done) {
    lock.unlock();
    parts.for_each_stream([](Stream& stream) { stream.abort(); });
    lock.lock();
    done = parts.changed.wait_for(lock, std::chrono::milliseconds(100), empty);
  }
  lock.unlock();
  parts.guard.reset();
  parts.thread.join();
}

}  // namespace posthorn::io
