// Runs an evaluation to its end while its thread waits.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "posthorn/protocol/dns/evaluation.h"

namespace posthorn::reports {

/// Blocks until the resolver has answered all that the evaluation wants.
template <class Verdict>
const Verdict& ask(dns::Evaluation<Verdict>& evaluation, dns::Resolver& resolver) {
  struct Round {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::optional<dns::Answer>> answers;
    std::size_t left = 0;
  };
  while (!evaluation.wanted().empty()) {
    const std::vector<dns::Question> questions(evaluation.wanted().begin(), evaluation.wanted().end());
    const auto round = std::make_shared<Round>();
    round->answers.resize(questions.size());
    round->left = questions.size();
    for (std::size_t i = 0; i < questions.size(); ++i) {
      resolver.resolve(questions[i], [round, i](dns::Answer answer) {
        const std::lock_guard lock(round->mutex);
        round->answers[i] = std::move(answer);
        if (--round->left == 0) round->changed.notify_all();
      });
    }
    std::unique_lock lock(round->mutex);
    round->changed.wait(lock, [&] { return round->left == 0; });
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const auto wanted = evaluation.wanted();
      const auto place = std::ranges::find(wanted, questions[i]);
      if (place == wanted.end()) continue;
      evaluation.answer(static_cast<std::size_t>(place - wanted.begin()), *round->answers[i]);
    }
  }
  return evaluation.verdict();
}

}  // namespace posthorn::reports
