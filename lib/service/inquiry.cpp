#include "posthorn/service/inquiry.h"

#include <algorithm>
#include <condition_variable>
#include <set>
#include <vector>

namespace posthorn {

struct Inquiry::Asked : std::enable_shared_from_this<Asked> {
  struct Asker {
    std::shared_ptr<const void> kept;  // before what borrows it
    std::unique_ptr<dns::Asking> evaluation;
  };

  explicit Asked(dns::Resolver& who) : resolver(who) {}

  /// With the mutex.
  [[nodiscard]] bool done() const {
    return std::ranges::all_of(askers, [](const Asker& asker) { return asker.evaluation->wanted().empty(); });
  }
  [[nodiscard]] std::vector<dns::Question> unasked();
  void ask();
  void answer(const dns::Question& question, const dns::Answer& answer);
  void settle();

  dns::Resolver& resolver;
  std::recursive_mutex waking;  // while `wake` runs, which may end the inquiry on the same thread
  std::mutex mutex;             // guards what follows
  std::condition_variable settled;
  std::vector<Asker> askers;
  std::set<dns::Question> open;  // asked and not answered
  std::function<void()> wake;
  bool abandoned = false;
};

std::vector<dns::Question> Inquiry::Asked::unasked() {
  const std::lock_guard lock(mutex);
  std::vector<dns::Question> questions;
  if (abandoned) return questions;
  for (const Asker& asker : askers) {
    for (const dns::Question& question : asker.evaluation->wanted()) {
      if (open.insert(question).second) questions.push_back(question);
    }
  }
  return questions;
}

void Inquiry::Asked::ask() {
  for (const dns::Question& question : unasked()) {
    resolver.resolve(
        question, [self = shared_from_this(), question](const dns::Answer& answer) { self->answer(question, answer); });
  }
  settle();
}

void Inquiry::Asked::answer(const dns::Question& question, const dns::Answer& answer) {
  {
    const std::lock_guard lock(mutex);
    open.erase(question);
    for (const Asker& asker : askers) {
      const auto wanted = asker.evaluation->wanted();
      const auto place = std::ranges::find(wanted, question);
      if (place != wanted.end()) asker.evaluation->answer(static_cast<std::size_t>(place - wanted.begin()), answer);
    }
  }
  ask();
}

void Inquiry::Asked::settle() {
  const std::lock_guard calling(waking);
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex);
    if (!done()) return;
    call = std::exchange(wake, nullptr);
  }
  settled.notify_all();
  if (call) call();
}

Inquiry::Inquiry(dns::Resolver& resolver) : asked_(std::make_shared<Asked>(resolver)) {}

Inquiry::~Inquiry() {
  std::function<void()> unheard;  // may own this very object's owner: goes when nothing is locked
  const std::lock_guard calling(asked_->waking);
  const std::lock_guard lock(asked_->mutex);
  asked_->abandoned = true;
  unheard = std::exchange(asked_->wake, nullptr);
}

std::shared_ptr<std::mutex> Inquiry::take(std::unique_ptr<dns::Asking> evaluation, std::shared_ptr<const void> kept) {
  const std::lock_guard lock(asked_->mutex);
  asked_->askers.push_back({std::move(kept), std::move(evaluation)});
  return {asked_, &asked_->mutex};
}

void Inquiry::begin(std::function<void()> wake) {
  const std::shared_ptr<Asked> asked = asked_;  // `wake` may end this
  {
    const std::lock_guard lock(asked->mutex);
    asked->wake = std::move(wake);
  }
  asked->ask();
}

bool Inquiry::wait(Duration patience) {
  begin(nullptr);
  std::unique_lock lock(asked_->mutex);
  return asked_->settled.wait_for(lock, patience, [this] { return asked_->done(); });
}

bool Inquiry::done() const {
  const std::lock_guard lock(asked_->mutex);
  return asked_->done();
}

}  // namespace posthorn
