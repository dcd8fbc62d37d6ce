// What primaries have said of the recipients of backup domains (features F52), remembered for as long as it is worth
// something.
//
// Kept are hashes of addresses, on shelves of a domain with so much room each: whoever asks for many that do not exist
// pushes out only others of their kind. Keys of the rows begin with "v:".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/service/store/store.h"

namespace posthorn::recipients {

/// What a primary says of a recipient.
enum class Answer : std::uint8_t {
  known,      ///< it takes mail for him
  unknown,    ///< it refuses him for good
  later,      ///< it says that it cannot say now
  no_answer,  ///< it says nothing
};

/// How long answers count. The defaults are those that Postfix's address verification has.
struct CacheLimits {
  std::chrono::seconds known_for = std::chrono::days(31);       ///< since the primary said so
  std::chrono::seconds ask_known_after = std::chrono::days(7);  ///< it still counts, and is asked for again
  std::chrono::seconds unknown_for = std::chrono::days(3);
  std::chrono::seconds ask_unknown_after = std::chrono::hours(3);
  std::size_t per_shelf = 256;  ///< recipients; each domain has 256 shelves
  std::uint32_t tries = 50;     ///< of a change that other processes win against
};

/// What is known without asking.
struct Knowledge {
  Answer answer = Answer::no_answer;  ///< no_answer: nothing that counts
  bool ask = true;                    ///< it is time to ask (again)
  bool operator==(const Knowledge&) const = default;
};

/// What an answer is worth at `now`. @param asked  when it was given; one from the future counts as of now
[[nodiscard]] Knowledge knowledge(Answer answer, WallTime asked, WallTime now, const CacheLimits& limits = {});

/// Safe to call from many threads, processes may share the rows; every call may block.
class Cache {
 public:
  /// @lifetime both outlive this object
  Cache(store::Partition& rows, const Clock& clock, CacheLimits limits = {})
      : rows_(rows), clock_(clock), limits_(limits) {}

  /// @param recipient  its domain in lower-case A-labels; local parts that differ in case are different ones here
  [[nodiscard]] Result<Knowledge> find(const mail::Mailbox& recipient) const;
  /// Remembers who is known and who unknown; other answers change nothing. @errors unavailable when others win all the
  /// time
  Result<void> note(const mail::Mailbox& recipient, Answer answer);
  /// Erases what does not count any more. @returns how many recipients
  Result<std::size_t> sweep();

 private:
  struct Entry {
    std::string hash;
    Answer answer = Answer::no_answer;
    WallTime asked{};
  };
  using Shelf = std::vector<Entry>;
  struct Found {
    Shelf shelf;
    std::optional<store::Revision> written;
  };
  [[nodiscard]] Result<Found> read(View key) const;
  [[nodiscard]] bool counts(const Entry& entry) const;
  void place(Shelf& shelf, Entry entry) const;
  [[nodiscard]] static Result<Shelf> parse(View value);
  [[nodiscard]] static std::string format(const Shelf& shelf);

  store::Partition& rows_;
  const Clock& clock_;
  const CacheLimits limits_;
};

}  // namespace posthorn::recipients
