#include "posthorn/io/dns_client.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "posthorn/grammar/dns/name.h"

#include "io/dns_unbound.h"

namespace posthorn::io {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

/// A question without an answer.
struct Pending {
  dns::Question question;
  dns::Resolver::Done done;
  SteadyTime deadline;
};

View out_of_range(const DnsOptions& options) {
  using namespace std::chrono_literals;
  if (options.timeout < 100ms || options.timeout > 5min) return "timeout: 100 ms to 5 min";
  if (options.max_in_flight < 1 || options.max_in_flight > 4096) return "max_in_flight: 1 to 4096";
  if (options.cache_octets < 65'536) return "cache_octets: at least 64 KiB";
  return {};
}

}  // namespace

struct DnsClient::Parts {
  Parts(DnsOptions o, Unbound c, int w) : options(std::move(o)), context(std::move(c)), wakeup(w) {}
  ~Parts() { ::close(wakeup); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  /// A question that libunbound works on.
  struct Flight : Pending {
    Parts* owner = nullptr;
    int id = 0;  // libunbound's, for cancelling
    std::list<Flight>::iterator self;
  };

  const DnsOptions options;
  Unbound context;
  const int wakeup;  // an eventfd: questions wait, or the end
  mutable std::mutex mutex;
  std::deque<Pending> waiting;
  std::size_t in_flight = 0;  // the size of flights, for other threads
  bool ending = false;
  std::list<Flight> flights;  // the client's thread alone; the oldest first, so by deadline
  std::thread thread;

  void run();
  bool take(Flight& flight);
  void start_some();
  void land(std::list<Flight>::iterator flight, dns::Answer answer);
  void expire(SteadyTime now);
  [[nodiscard]] int patience() const;
  void finish();
  void wake() const;
  void notify(DnsNotice what, const dns::Question& question, View detail) const {
    if (options.notify) options.notify(what, question, detail);
  }
  static void answered(void* flight, int error, ub_result* result);
};

void DnsClient::Parts::wake() const {
  const std::uint64_t one = 1;
  // It fails only when the counter is full, and then the thread is awake anyway.
  static_cast<void>(::write(wakeup, &one, sizeof one) == sizeof one);
}

// --- on the client's thread -----------------------------------------------------------------------------------------

void DnsClient::Parts::run() {
  pollfd sources[2] = {{ub_fd(context.get()), POLLIN, 0}, {wakeup, POLLIN, 0}};
  for (;;) {
    start_some();
    const int ready = ::poll(sources, 2, patience());
    {
      const std::lock_guard lock(mutex);
      if (ending) break;
    }
    if (ready > 0 && sources[1].revents != 0) {
      std::uint64_t count = 0;
      static_cast<void>(::read(wakeup, &count, sizeof count) == sizeof count);
    }
    const int status = ready > 0 && sources[0].revents != 0 ? ub_process(context.get()) : UB_NOERROR;
    if (status != UB_NOERROR || (ready < 0 && errno != EINTR)) {
      notify(DnsNotice::broken, {}, status != UB_NOERROR ? View(ub_strerror(status)) : View("poll"));
      break;
    }
    expire(std::chrono::steady_clock::now());
  }
  finish();
}

bool DnsClient::Parts::take(Flight& flight) {
  const std::lock_guard lock(mutex);
  if (ending || waiting.empty() || in_flight >= options.max_in_flight) return false;
  static_cast<Pending&>(flight) = std::move(waiting.front());
  waiting.pop_front();
  ++in_flight;
  return true;
}

void DnsClient::Parts::start_some() {
  for (;;) {
    Flight next;
    if (!take(next)) return;
    flights.push_back(std::move(next));
    Flight& flight = flights.back();
    flight.owner = this;
    flight.self = std::prev(flights.end());
    const std::string& name = flight.question.name;
    const int status = ub_resolve_async(context.get(), name.empty() ? "." : name.c_str(),
                                        static_cast<int>(flight.question.type), 1, &flight, answered, &flight.id);
    if (status != UB_NOERROR) land(flight.self, {});
  }
}

void DnsClient::Parts::answered(void* data, int error, ub_result* raw) {
  const UnboundResult result(raw);
  auto& flight = *static_cast<Flight*>(data);
  Parts& parts = *flight.owner;
  if (error != 0 || !result) return parts.land(flight.self, {});
  if (result->bogus != 0) {
    parts.notify(DnsNotice::bogus, flight.question, result->why_bogus == nullptr ? "" : result->why_bogus);
  }
  parts.land(flight.self, read_result(*result, flight.question.type));
}

void DnsClient::Parts::land(std::list<Flight>::iterator flight, dns::Answer answer) {
  dns::Resolver::Done done = std::move(flight->done);
  flights.erase(flight);
  {
    const std::lock_guard lock(mutex);
    --in_flight;
  }
  done(std::move(answer));
}

void DnsClient::Parts::expire(SteadyTime now) {
  while (!flights.empty() && flights.front().deadline <= now) {
    // Where cancelling fails, libunbound has dropped the question, or is ending: it does not call back either.
    ub_cancel(context.get(), flights.front().id);
    land(flights.begin(), {.outcome = dns::Outcome::timed_out});
  }
  for (;;) {
    Pending late;
    {
      const std::lock_guard lock(mutex);
      if (waiting.empty() || waiting.front().deadline > now) return;
      late = std::move(waiting.front());
      waiting.pop_front();
    }
    late.done({.outcome = dns::Outcome::timed_out});
  }
}

// Milliseconds until the oldest question is too old; -1: there is none. Those that wait are younger than those in
// flight.
int DnsClient::Parts::patience() const {
  if (flights.empty()) return -1;
  const auto left = flights.front().deadline - std::chrono::steady_clock::now();
  return static_cast<int>(std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0));
}

void DnsClient::Parts::finish() {
  std::deque<Pending> left;
  {
    const std::lock_guard lock(mutex);
    ending = true;
    left.swap(waiting);
  }
  context.reset();  // ends libunbound's thread: nothing calls back any more
  while (!flights.empty()) land(flights.begin(), {});
  for (Pending& pending : left) pending.done({});
}

// --- on any thread --------------------------------------------------------------------------------------------------

Result<std::unique_ptr<DnsClient>> DnsClient::open(DnsOptions options) {
  if (const View why = out_of_range(options); !why.empty()) return fail(caller_error(Code::misuse, why));
  auto context = make_unbound(options);
  if (!context) return fail(std::move(context.error()));
  const int wakeup = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wakeup < 0) return fail(environment_error(Code::unavailable, std::generic_category().message(errno)));
  auto parts = std::make_unique<Parts>(std::move(options), std::move(*context), wakeup);
  // Signals are for the threads of the program; libunbound's inherits the mask.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::string problem;
  try {
    parts->thread = std::thread([&self = *parts] { self.run(); });
  } catch (const std::system_error& error) {
    problem = error.what();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!problem.empty()) return fail(environment_error(Code::unavailable, problem));
  return std::make_unique<DnsClient>(Key{}, std::move(parts));
}

DnsClient::DnsClient(Key, std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

DnsClient::~DnsClient() {
  {
    const std::lock_guard lock(parts_->mutex);
    parts_->ending = true;
  }
  parts_->wake();
  parts_->thread.join();
}

void DnsClient::resolve(dns::Question question, Done done) {
  if (!dns::wire::encode_name(question.name)) return done({.outcome = dns::Outcome::no_name});
  const SteadyTime deadline = std::chrono::steady_clock::now() + parts_->options.timeout;
  bool overflow = false;
  {
    const std::lock_guard lock(parts_->mutex);
    overflow = parts_->waiting.size() >= parts_->options.max_waiting;
    if (!overflow && !parts_->ending) {
      parts_->waiting.push_back({std::move(question), std::move(done), deadline});
      parts_->wake();
      return;
    }
  }
  if (overflow) parts_->notify(DnsNotice::overflow, question, {});
  done({});
}

std::size_t DnsClient::pending() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->waiting.size() + parts_->in_flight;
}

}  // namespace posthorn::io
