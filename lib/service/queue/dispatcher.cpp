#include "posthorn/service/queue/dispatcher.h"

#include <algorithm>
#include <utility>

#include "posthorn/service/queue/courier.h"

namespace posthorn::queue {

Dispatcher::Dispatcher(Queue& queue, Carrier& carrier, LocalDelivery& local, Hands& hands, const Clock& clock,
                       DispatcherOptions options)
    : queue_(queue),
      carrier_(carrier),
      local_(local),
      hands_(hands),
      clock_(clock),
      options_(options),
      crew_(std::make_unique<Crew>()) {}

Dispatcher::~Dispatcher() { stop(); }

void Dispatcher::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

std::size_t Dispatcher::busy() const {
  const std::lock_guard lock(mutex_);
  return connections_ + jobs_;
}

void Dispatcher::submit(std::move_only_function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    ++jobs_;
  }
  hands_.submit([this, job = std::move(job)]() mutable {
    job();
    {
      const std::lock_guard lock(mutex_);
      --jobs_;
    }
    run();
  });
}

void Dispatcher::run() {
  {
    // What is started may end at once and come back here: then the loop goes round again instead of deeper.
    const std::lock_guard lock(mutex_);
    again_ = true;
    if (stopped_ || running_) return;
    running_ = true;
  }
  for (;;) {
    bool tick = false;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_ || !std::exchange(again_, false)) {
        running_ = false;
        return;
      }
      tick = !ticking_ && queue_.tick_due();
      ticking_ = ticking_ || tick;
    }
    if (tick) {
      submit([this] {
        queue_.tick();
        const std::lock_guard lock(mutex_);
        ticking_ = false;
      });
    }
    for (const Destination& destination : queue_.ready()) {
      if (destination.is_local()) {
        start_local();
      } else {
        start(destination);
      }
    }
  }
}

void Dispatcher::start(const Destination& destination) {
  if (crew_->rouse(destination)) return;
  const Policy policy = queue_.policy(destination);
  {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[destination];
    if (connections_ >= options_.connections || line.active >= std::min(policy.connections, line.limit)) return;
    ++line.active;
    ++connections_;
  }
  auto make = [this, destination](CourierOptions options) {
    return std::make_unique<Courier>(queue_, *crew_, destination, std::move(options), clock_.now());
  };
  carrier_.carry(destination, std::move(make),
                 [this, destination](const Carried& carried) { ended(destination, carried); });
}

void Dispatcher::ended(const Destination& destination, const Carried& carried) {
  bool alone = false;
  {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[destination];
    --connections_;
    alone = --line.active == 0;
    if (carried.what == Carried::What::served) {
      if (line.limit != UINT32_MAX) ++line.limit;
    } else if (!alone) {
      line.limit = line.active;  // so many were served at the same time, and no more
    }
    if (alone && line.limit == UINT32_MAX) lines_.erase(destination);
  }
  if (carried.what == Carried::What::served || !alone) return run();
  submit([this, destination, carried] {
    if (carried.what == Carried::What::impossible) {
      fail_all(destination, carried);
    } else {
      queue_.unreachable(destination, carried.status, carried.said);
    }
  });
}

void Dispatcher::fail_all(const Destination& destination, const Carried& carried) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::failed;
  outcome.status = carried.status;
  outcome.said = carried.said;
  for (;;) {
    Result<std::optional<Work>> work = queue_.take(destination);
    if (!work || !*work) return;
    const std::size_t recipients = (*work)->item.recipients.size();
    static_cast<void>(queue_.finish(std::move(**work), std::vector<Outcome>(recipients, outcome)));
  }
}

void Dispatcher::start_local() {
  {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[Destination{}];
    if (line.active >= options_.local_jobs) return;
    ++line.active;
  }
  submit([this] { deliver_here(); });
}

void Dispatcher::deliver_here() {
  for (;;) {
    Result<std::optional<Work>> work = queue_.take(Destination{});
    if (!work || !*work) break;
    std::vector<Outcome> outcomes = local_.deliver(**work, queue_);
    static_cast<void>(queue_.finish(std::move(**work), std::move(outcomes)));
  }
  const std::lock_guard lock(mutex_);
  --lines_[Destination{}].active;
}

}  // namespace posthorn::queue
