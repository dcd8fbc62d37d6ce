// What a script wanted, as the delivery can carry it out: the rules of each action.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/random.h"
#include "posthorn/protocol/sieve/program.h"
#include "posthorn/service/filtering/filtering.h"

#include "service/filtering/home.h"

namespace posthorn::filtering {

/// For one outcome.
class Effects {
 public:
  /// @param now  what is kept in mind counts from then
  /// @lifetime all outlive the object
  Effects(Home& home, const Options& options, WallTime now, Random& random);

  /// @param script  the one that is named where the outcome has an error
  /// @errors those of the store and the directory
  [[nodiscard]] Result<delivery::Decision> carry_out(const sieve::Outcome& outcome, const Script* script);

 private:
  Result<void> on(const sieve::Keep& keep);
  Result<void> on(const sieve::FileInto& file);
  Result<void> on(const sieve::Redirect& redirect);
  Result<void> on(const sieve::Discard&) { return {}; }
  Result<void> on(const sieve::Reject& reject);
  Result<void> on(const sieve::Vacation& vacation);
  Result<void> on(const sieve::Notify& notify);

  void keep();
  void add(delivery::Copy copy);
  Result<void> join_copies();
  [[nodiscard]] imap::Flags wanted_flags(const sieve::Filing& filing) const;
  [[nodiscard]] Result<delivery::Copy> copy_for(const sieve::FileInto& file);
  Result<void> add_copy_of(const std::optional<sieve::FileInto>& file, const std::string& message);
  [[nodiscard]] Result<bool> answers(const sieve::Vacation& vacation);
  [[nodiscard]] Result<mail::Address> sender_of(View wanted);
  Result<void> complain(const sieve::Diagnostic& what, const Script& script);
  [[nodiscard]] bool runs_in_circle() const;
  [[nodiscard]] std::string passed_on(const sieve::Octets& changed) const;
  void log(View what) const;

  Home& home_;
  const delivery::Arrival& arrival_;
  const Options& options_;
  const WallTime now_;
  Random& random_;
  const View header_;  // of the message as it came
  delivery::Decision decision_;
};

}  // namespace posthorn::filtering
