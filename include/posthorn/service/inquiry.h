// Evaluations and the resolver that they ask: several at once, while somebody waits for their verdicts.
//
//     Inquiry inquiry(resolver);
//     const auto listed = inquiry.add(std::make_unique<dnsbl::Check>(address, *lists), lists);
//     const auto client = inquiry.add(admission::evaluate_client(words));
//     inquiry.wait(std::chrono::seconds(20));       // on a worker; who must not block calls begin(wake) instead
//     use(listed.verdict(), client.verdict());      // as far as they are known
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "posthorn/bytes/clock.h"
#include "posthorn/protocol/dns/evaluation.h"

namespace posthorn {

/// Asks what its evaluations want, each question once at a time, and gives every evaluation the answers. Answers may
/// come on any thread; the object itself has one owner.
class Inquiry {
 public:
  /// An evaluation under way. Keeps it alive, also after the inquiry. Safe to use from many threads.
  template <class E>
  class Part {
   public:
    /// Of nothing: for members that get theirs later.
    Part() = default;
    /// A copy, as far as it is known.
    [[nodiscard]] auto verdict() const {
      return with([](const E& evaluation) { return evaluation.verdict(); });
    }
    /// Calls `use` with the evaluation while no answer changes it; `use` must not block, nor touch the inquiry. What is
    /// wanted anew is asked by the next begin().
    template <class F>
    auto with(F&& use) const {
      const std::lock_guard lock(*mutex_);
      return std::forward<F>(use)(*evaluation_);
    }

   private:
    friend class Inquiry;
    Part(std::shared_ptr<std::mutex> mutex, E& evaluation) : mutex_(std::move(mutex)), evaluation_(&evaluation) {}
    std::shared_ptr<std::mutex> mutex_;  // a member of what owns the evaluation
    E* evaluation_ = nullptr;
  };

  /// @lifetime the resolver outlives every answer, also one that comes after the inquiry
  explicit Inquiry(dns::Resolver& resolver);
  /// Nobody is woken any more: waits for a wake() that is running on another thread. Late answers are dropped.
  ~Inquiry();
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;

  /// Takes an evaluation; begin() or wait() asks what it wants.
  /// @param kept  what the evaluation borrows
  template <class E>
  Part<E> add(std::unique_ptr<E> evaluation, std::shared_ptr<const void> kept = nullptr) {
    E& added = *evaluation;
    return Part<E>(take(std::move(evaluation), std::move(kept)), added);
  }

  /// Asks what is wanted. `wake` is called once, when nothing is wanted any more: perhaps before this returns, else on
  /// the thread of the last answer. It may end the inquiry.
  void begin(std::function<void()> wake);
  /// Asks what is wanted and blocks until all are final. Not for the thread that brings the answers.
  /// @returns false: `patience` was over before
  bool wait(Duration patience);
  /// Whether all verdicts are final.
  [[nodiscard]] bool done() const;

 private:
  struct Asked;
  std::shared_ptr<std::mutex> take(std::unique_ptr<dns::Asking> evaluation, std::shared_ptr<const void> kept);

  std::shared_ptr<Asked> asked_;  // with the answers that are on their way
};

}  // namespace posthorn
