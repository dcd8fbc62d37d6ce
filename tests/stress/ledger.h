// What all clients together know: which letter is where, what was acknowledged, and what may be missing.
//
// Everything that a client hears goes in here as well and is compared with what others heard: a UID names one letter
// for ever, a modification sequence number one state of its flags, and what was removed stays removed. At the end the
// ledger says what the store must hold.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"

#include "stress/letter.h"

namespace posthorn::stress {

inline constexpr std::array<View, 4> kMailboxes = {"INBOX", "Work",
                                                   "Work/\xc3\x9c"
                                                   "ber \xe2\x98\x83",
                                                   "Old"};

/// A message: the mailbox by its place in kMailboxes, and the UID.
struct Place {
  std::size_t box = 0;
  std::uint32_t uid = 0;
  auto operator<=>(const Place&) const = default;
};
[[nodiscard]] std::string name_of(Place place);

/// What a later answer about a mailbox must not be below.
struct Floor {
  std::uint32_t uid_next = 1;
  std::uint64_t modseq = 0;
  std::uint64_t stamp = 0;  ///< what was removed before it must not come back
};

/// How many copies of a letter change their place.
enum class Removal : std::uint8_t { deleted, moved };

/// A message as it is in the store.
struct Held {
  std::uint32_t uid = 0;
  std::string flags;  ///< as words_of()
  std::string content;
  bool operator==(const Held&) const = default;
};

using Complain = std::function<void(const std::string&)>;

/// Safe to call from many threads.
class Ledger {
 public:
  [[nodiscard]] Floor floor(std::size_t box) const;
  [[nodiscard]] std::optional<Letter> letter_at(Place place) const;
  [[nodiscard]] bool is_removed(Place place) const;

  // What was heard.
  void hear_validity(std::size_t box, std::uint32_t value, const Complain& complain);
  void hear_uid_next(std::size_t box, std::uint32_t value, const Floor& floor, const Complain& complain);
  void hear_highest(std::size_t box, std::uint64_t modseq, const Floor& floor, const Complain& complain);
  /// @param selected  the floor when the mailbox was selected
  void hear_message(Place place, const Floor& selected, const Complain& complain);
  void hear_letter(Place place, Letter letter, const Complain& complain);
  void hear_flags(Place place, std::uint64_t modseq, const std::string& flags, const Complain& complain);
  void hear_removed(Place place);
  /// Something is wrong with the flags of a message; nothing is if it had been removed already and its client was not
  /// told yet, which is known at the end.
  void doubt(Place place, const std::string& what, const Complain& complain);

  // What is asked for, and what came of it.
  void sending(std::span<const Letter> letters);
  /// Nothing came of it.
  void failed(std::span<const Letter> letters);
  /// @param from  where they were copied from, as many as there are letters; empty: they were appended
  void arrived(std::size_t box, std::span<const std::uint32_t> uids, std::span<const Letter> letters,
               std::span<const Place> from, const Floor& floor, const Complain& complain);
  void may_go(Place place, Removal how);

  /// Compares with what the store holds.
  void close(std::size_t box, std::span<const Held> held, const Complain& complain);
  /// The letters, after all mailboxes were closed.
  void count(const Complain& complain) const;
  [[nodiscard]] std::string summary() const;

 private:
  struct Message {
    std::optional<Letter> letter;
    bool acknowledged = false;
    bool may_be_deleted = false;
    bool may_be_moved = false;
    std::optional<std::uint64_t> removed;        // stamp
    std::map<std::uint64_t, std::string> flags;  // by modseq, the latest ones
    std::vector<std::string> doubts;
  };
  struct Mailbox {
    std::uint32_t uid_validity = 0;
    Floor floor;
  };
  void bind(Place place, Message& message, Letter letter, const Complain& complain);
  void raise(Place place, std::uint64_t modseq);

  mutable std::mutex mutex_;
  std::uint64_t stamp_ = 1;
  std::array<Mailbox, kMailboxes.size()> mailboxes_;
  std::map<Place, Message> messages_;
  std::map<Letter, std::uint64_t> under_way_;  // copies that may have come into being without an answer
  std::map<Letter, std::uint64_t> held_;       // copies at the end
  std::map<Letter, bool> acknowledged_;        // an APPEND of it was
};

}  // namespace posthorn::stress
