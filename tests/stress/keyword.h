// The keyword that only one client sets and removes, on letters of its own: what was acknowledged must stay.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "stress/ledger.h"

namespace posthorn::stress {

/// Whether the words of words_of() hold this one.
[[nodiscard]] bool has_word(const std::string& flags, const std::string& word);

class OwnKeyword {
 public:
  OwnKeyword(std::string word, Ledger& ledger) : word_(std::move(word)), ledger_(ledger) {}
  [[nodiscard]] const std::string& word() const { return word_; }

  /// A command was sent that changes it: until it is answered either state is right.
  void sending(std::size_t box, std::span<const std::uint32_t> uids);
  /// The answer was OK.
  void settled(Place place, bool on);
  /// The command failed or was not answered: nobody knows.
  void unsettled(Place place);
  /// Flags as a client of this name sees them.
  void check(Place place, const std::string& flags, const Complain& complain) const;
  /// What settled() said of the messages that a mailbox holds at the end.
  void close(std::size_t box, std::span<const Held> held, const Complain& complain) const;

 private:
  struct State {
    bool known = false;
    bool on = false;
    int under_way = 0;
  };
  const std::string word_;
  Ledger& ledger_;
  std::map<Place, State> states_;
};

}  // namespace posthorn::stress
