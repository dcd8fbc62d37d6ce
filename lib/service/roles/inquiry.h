// An evaluation that is under way while its connection lives on: answers come on other threads.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "posthorn/protocol/dns/evaluation.h"

namespace posthorn::roles {

/// Owns an evaluation and asks its questions. Safe to call from many threads; answers that come after abandon() are
/// dropped.
template <class Verdict>
class Inquiry : public std::enable_shared_from_this<Inquiry<Verdict>> {
 public:
  /// @param kept  what the evaluation borrows @param wake  called when the verdict is there
  Inquiry(std::unique_ptr<dns::Evaluation<Verdict>> evaluation, std::shared_ptr<const void> kept,
          std::function<void()> wake)
      : kept_(std::move(kept)), evaluation_(std::move(evaluation)), wake_(std::move(wake)) {}

  /// Asks what is not asked yet. @lifetime the resolver outlives every answer
  void ask(dns::Resolver& resolver) {
    std::vector<dns::Question> questions;
    {
      const std::lock_guard lock(mutex_);
      for (const dns::Question& question : evaluation_->wanted()) {
        if (asked_.insert(question).second) questions.push_back(question);
      }
    }
    for (dns::Question& question : questions) {
      resolver.resolve(question, [self = this->shared_from_this(), question, &resolver](dns::Answer answer) {
        self->answer(question, std::move(answer));
        self->ask(resolver);
      });
    }
  }
  [[nodiscard]] bool done() const {
    const std::lock_guard lock(mutex_);
    return evaluation_->wanted().empty();
  }
  /// As far as it is known.
  [[nodiscard]] Verdict verdict() const {
    const std::lock_guard lock(mutex_);
    return evaluation_->verdict();
  }
  /// Nobody waits any more.
  void abandon() {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
  }

 private:
  void answer(const dns::Question& question, dns::Answer answer) {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      const auto wanted = evaluation_->wanted();
      const auto place = std::find(wanted.begin(), wanted.end(), question);
      if (place != wanted.end())
        evaluation_->answer(static_cast<std::size_t>(place - wanted.begin()), std::move(answer));
      if (evaluation_->wanted().empty()) wake = wake_;
    }
    if (wake) wake();
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const void> kept_;  // before what borrows it
  std::unique_ptr<dns::Evaluation<Verdict>> evaluation_;
  std::set<dns::Question> asked_;
  std::function<void()> wake_;
};

}  // namespace posthorn::roles
