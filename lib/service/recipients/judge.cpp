#include "posthorn/service/recipients/judge.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "posthorn/grammar/mail/domain.h"

namespace posthorn::recipients {

namespace {

Verdict verdict(Answer answer, directory::WhenUnknown when_unknown) {
  switch (answer) {
    case Answer::known: return Verdict::accept;
    case Answer::unknown: return Verdict::refuse;
    case Answer::later:
    case Answer::no_answer: return fallback(when_unknown);
  }
  return Verdict::defer;
}

/// The address with its domain in normal form.
std::optional<mail::Mailbox> read(View address) {
  auto recipient = mail::parse_mailbox(address, true);
  if (!recipient) return std::nullopt;
  auto domain = mail::ascii_domain(recipient->domain);
  if (!domain) return std::nullopt;
  recipient->domain = std::move(*domain);
  return std::move(*recipient);
}

}  // namespace

Verdict fallback(directory::WhenUnknown when_unknown) {
  return when_unknown == directory::WhenUnknown::accept ? Verdict::accept : Verdict::defer;
}

Judge::Judge(Cache& cache, Probe& probe, const Clock& clock, JudgeLimits limits)
    : cache_(cache), probe_(probe), clock_(clock), limits_(limits) {}

Judge::~Judge() { stop(); }

void Judge::check(View address, directory::WhenUnknown when_unknown, Done done) {
  const auto recipient = read(address);
  if (!recipient) return done(Verdict::refuse);
  // A cache that cannot be read knows nothing; the primary may.
  const Knowledge known = cache_.find(*recipient).value_or(Knowledge{});
  std::vector<Waiting> waiting;
  if (known.answer == Answer::no_answer) waiting.push_back({when_unknown, std::move(done)});
  if (known.ask) enter(*recipient, std::move(waiting));
  if (known.answer != Answer::no_answer) done(verdict(known.answer, when_unknown));
}

/// Joins the question for the recipient, or makes one.
void Judge::enter(const mail::Mailbox& recipient, std::vector<Waiting> waiting) {
  std::optional<Answer> at_once;
  bool full = false;
  {
    const std::lock_guard lock(mutex_);
    const std::string address = recipient.text();
    const auto present = questions_.find(address);
    if (present != questions_.end()) {
      std::ranges::move(waiting, std::back_inserter(present->second.waiting));
      return;
    }
    if (stopped_ || silent(recipient.domain)) {
      at_once = Answer::no_answer;
    } else if (turn_.size() >= limits_.waiting) {
      full = true;
    } else {
      questions_.emplace(address, Question{recipient, std::move(waiting)});
      turn_.push_back(address);
    }
  }
  for (Waiting& one : waiting) {
    if (at_once || full) one.done(full ? Verdict::defer : verdict(*at_once, one.when_unknown));
  }
  if (!at_once && !full) ask_next();
}

/// Asks those whose turn it is.
void Judge::ask_next() {
  for (;;) {
    mail::Mailbox recipient;
    {
      const std::lock_guard lock(mutex_);
      const auto may = [&](const std::string& address) {
        const auto asking = asking_.find(questions_.at(address).recipient.domain);
        return asking == asking_.end() || asking->second < limits_.per_domain;
      };
      if (stopped_ || running_ >= limits_.in_all) return;
      const auto next = std::ranges::find_if(turn_, may);
      if (next == turn_.end()) return;
      recipient = questions_.at(*next).recipient;
      turn_.erase(next);
      ++asking_[recipient.domain];
      ++running_;
    }
    const std::string address = recipient.text();
    probe_.ask(recipient, [this, address](Answer answer) { answered(address, answer); });
  }
}

void Judge::answered(const std::string& address, Answer answer) {
  std::vector<std::pair<Waiting, Answer>> told;
  mail::Mailbox recipient;
  const auto take = [&](Questions::iterator question) {
    for (Waiting& one : question->second.waiting) told.emplace_back(std::move(one), answer);
    questions_.erase(question);
  };
  {
    const std::lock_guard lock(mutex_);
    const auto question = questions_.find(address);
    recipient = question->second.recipient;
    take(question);
    const auto asking = asking_.find(recipient.domain);
    if (--asking->second == 0) asking_.erase(asking);
    --running_;
    ++closing_;
    if (answer == Answer::no_answer) {
      fall_silent(recipient.domain);
      // Nobody waits for a primary that is known to be silent.
      std::erase_if(turn_, [&](const std::string& other) {
        const auto place = questions_.find(other);
        if (place->second.recipient.domain != recipient.domain) return false;
        take(place);
        return true;
      });
    }
  }
  // What cannot be written down is asked for once more.
  static_cast<void>(cache_.note(recipient, answer));
  for (auto& [one, said] : told) one.done(verdict(said, one.when_unknown));
  ask_next();
  const std::lock_guard lock(mutex_);
  --closing_;  // last: with the last one this object may go
}

bool Judge::silent(const std::string& domain) const {
  const auto known = silent_.find(domain);
  return known != silent_.end() && clock_.now() < known->second;
}

void Judge::fall_silent(const std::string& domain) {
  const TimePoint now = clock_.now();
  if (silent_.size() >= limits_.silent_domains) {
    std::erase_if(silent_, [&](const auto& entry) { return now >= entry.second; });
    if (silent_.size() >= limits_.silent_domains) silent_.clear();
  }
  silent_[domain] = now + limits_.silence;
}

void Judge::stop() {
  std::vector<Waiting> left;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const std::string& address : std::exchange(turn_, {})) {
      const auto question = questions_.find(address);
      std::ranges::move(question->second.waiting, std::back_inserter(left));
      questions_.erase(question);
    }
  }
  for (Waiting& one : left) one.done(fallback(one.when_unknown));
}

std::size_t Judge::busy() const {
  const std::lock_guard lock(mutex_);
  return running_ + closing_;
}

}  // namespace posthorn::recipients
