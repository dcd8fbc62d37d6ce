// Counts what accounts and domains send, over all processes on one store, and says when it is too much (features F14).
//
// Counted are messages that are accepted. Counts live in rows of a partition that the caller gives; keys begin with
// "l:". For each account there are at most 3 rows of counts and 256 shelves of recipients, which are kept as keyed
// hashes: who has the rows without the seed cannot list whom somebody writes to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/limits/limits.h"
#include "posthorn/service/limits/signals.h"
#include "posthorn/service/store/store.h"

namespace posthorn::limits {

/// Who sends.
struct Who {
  store::AccountId account;
  std::string domain;  ///< of the account, in A-labels
  std::string sender;  ///< address that exempt lists are asked for: the reverse-path
  Kind kind = Kind::submitted;
};

enum class Verdict : std::uint8_t {
  allowed,
  too_many_in_message,  ///< 452 4.5.3: the others in the next message
  later,                ///< 450 4.7.1: a window is used up
  frozen,               ///< 450 4.7.1: nothing is taken until somebody unfreezes the account
};

/// Which window is used up.
enum class Window : std::uint8_t { none, messages_per_day, recipients_per_hour, first_time_per_day };

struct Answer {
  Verdict verdict = Verdict::allowed;
  Window window = Window::none;
  bool of_domain = false;               ///< the window is the domain's
  bool froze = false;                   ///< frozen by this very refusal: what the account has queued is to rest too
  std::chrono::seconds retry_after{0};  ///< until it has room for one more
};

/// A message while its recipients come in: admit() takes what it has gathered.
struct Message {
  Who who;
  std::vector<std::string> recipients;  ///< that were allowed
  std::uint32_t first_time = 0;         ///< of these
  std::uint64_t digest = 0;             ///< of the body (signals.h); 0: not known
};

enum class Outcome : std::uint8_t { delivered, bounced };
enum class FreezeReason : std::uint8_t { none, bounces, refusals, administrator, automation };

struct Freeze {
  FreezeReason reason = FreezeReason::none;
  WallTime since{};
};

/// Safe to call from many threads; every call may block. What is wrong with the store fails: nothing is allowed then.
class Limiter {
 public:
  /// @lifetime all outlive this object
  [[nodiscard]] static Result<std::unique_ptr<Limiter>> open(store::Partition& rows, const Clock& clock, Random& random,
                                                             Limits limits = {});
  virtual ~Limiter() = default;

  /// Whether one more recipient may be accepted as things are; an allowed one is added to the message. Counts nothing
  /// but refusals.
  [[nodiscard]] virtual Result<Answer> check_recipient(Message& message, View recipient) = 0;
  /// Takes room for a message, all of it or nothing, by one change: so a limit holds for all who send at once. Ask just
  /// before the message is accepted. @returns as check_recipient()
  [[nodiscard]] virtual Result<Answer> admit(const Message& message) = 0;
  /// Gives back what admit() took for a message that was not accepted after all. Its recipients stay known, and what
  /// they counted as new stays taken: once for all attempts.
  virtual Result<void> give_back(const Message& message) = 0;
  /// What became of one recipient. @returns whether the account was frozen by it
  virtual Result<bool> outcome(store::AccountId account, Outcome outcome) = 0;

  virtual Result<void> freeze(store::AccountId account, FreezeReason reason) = 0;
  /// Also forgets what the account was frozen for.
  virtual Result<void> unfreeze(store::AccountId account) = 0;
  /// nullopt: it is not frozen.
  [[nodiscard]] virtual Result<std::optional<Freeze>> frozen(store::AccountId account) = 0;

  /// Whether the account has submitted mail to a recipient in the time that it is remembered (Limits::remember); where
  /// Windows::first_time_per_day is 0 nobody keeps that.
  [[nodiscard]] virtual Result<bool> has_written_to(store::AccountId account, View recipient) const = 0;

  /// How much a message looks like bulk mail, beside what the account sent last.
  [[nodiscard]] virtual Result<Score> score(const Message& message, const HeaderSigns& signs) = 0;

  /// Senders that no window holds for and that may send to lists: "declared" for signals. Address in normal form.
  virtual Result<void> exempt(View address) = 0;
  virtual Result<void> unexempt(View address) = 0;  ///< @errors not_found
  [[nodiscard]] virtual Result<std::vector<std::string>> exempted(View domain) = 0;

  /// Erases what says nothing any more: full buckets, recipients that were not written to for Limits::remember. Once a
  /// day is enough. @returns how many rows went
  virtual Result<std::size_t> sweep() = 0;
  /// Erases all of an account that is removed.
  virtual Result<void> forget(store::AccountId account) = 0;
};

}  // namespace posthorn::limits
