// Whether mail for a recipient of a backup domain is taken: what is remembered decides, else the primary is asked.
//
// An answer that counts holds at once, also while it is asked for again. Nothing here waits: who needs the verdict is
// called with it, and who is tired of waiting takes fallback().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/directory/backup.h"
#include "posthorn/service/recipients/cache.h"

namespace posthorn::recipients {

enum class Verdict : std::uint8_t {
  accept,
  refuse,  ///< the primary does not know him: 550 5.1.1
  defer,   ///< nobody knows: 451 4.4.1
};

/// Says whether mail for a recipient is taken, for a host that waits.
class Check {
 public:
  virtual ~Check() = default;
  /// Safe to call from many threads; blocks, for as long as the implementation has patience.
  /// @param when_unknown  of his domain
  [[nodiscard]] virtual Verdict check(View address, directory::WhenUnknown when_unknown) = 0;
};

/// Asks the primary of a domain for a recipient.
class Probe {
 public:
  using Done = std::move_only_function<void(Answer)>;
  virtual ~Probe() = default;
  /// Calls `done` once, whatever happens: with known and unknown on a thread that may block, with others on any, or
  /// before it returns. Never blocks.
  virtual void ask(const mail::Mailbox& recipient, Done done) = 0;
};

struct JudgeLimits {
  std::size_t per_domain = 2;   ///< questions to one primary at the same time
  std::size_t in_all = 20;      ///< to all of them
  std::size_t waiting = 1'000;  ///< for their turn; who comes behind them is deferred
  /// A primary that has not answered is not asked again for so long: who waits for it keeps threads from others.
  Duration silence = std::chrono::minutes(1);
  std::size_t silent_domains = 10'000;  ///< that are remembered
};

/// What holds for a recipient of whom nothing is known.
[[nodiscard]] Verdict fallback(directory::WhenUnknown when_unknown);

/// Safe to call from many threads.
class Judge {
 public:
  using Done = std::move_only_function<void(Verdict)>;
  /// @lifetime all outlive this object, which outlives every question (see busy())
  Judge(Cache& cache, Probe& probe, const Clock& clock, JudgeLimits limits = {});
  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  /// Calls `done` once, before it returns or on a thread of the probe. Reads the cache: may block.
  void check(View address, directory::WhenUnknown when_unknown, Done done);
  /// Asks nobody any more; who waits for his turn has no answer.
  void stop();
  /// Questions that are under way.
  [[nodiscard]] std::size_t busy() const;

 private:
  struct Waiting {
    directory::WhenUnknown when_unknown;
    Done done;
  };
  struct Question {
    mail::Mailbox recipient;
    std::vector<Waiting> waiting;
  };
  using Questions = std::map<std::string, Question>;  // by address

  void enter(const mail::Mailbox& recipient, std::vector<Waiting> waiting);
  void ask_next();
  void answered(const std::string& address, Answer answer);
  [[nodiscard]] bool silent(const std::string& domain) const;
  void fall_silent(const std::string& domain);

  Cache& cache_;
  Probe& probe_;
  const Clock& clock_;
  const JudgeLimits limits_;
  mutable std::mutex mutex_;  // guards what follows
  Questions questions_;
  std::vector<std::string> turn_;              // those that are not asked yet
  std::map<std::string, std::size_t> asking_;  // by domain
  std::size_t running_ = 0;                    // questions at primaries
  std::size_t closing_ = 0;                    // those that were answered, while somebody is told
  std::map<std::string, TimePoint> silent_;    // domains, until when
  bool stopped_ = false;
};

}  // namespace posthorn::recipients
