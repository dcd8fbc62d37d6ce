// Hashing and verifying passwords, a few at a time: each hashing holds many megabytes.
#pragma once

#include <semaphore>
#include <string>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/service/directory/directory.h"

#include "service/directory/rows.h"

namespace posthorn::directory {

/// Safe to call from many threads; calls wait for their turn.
class Credentials {
 public:
  Credentials(Random& random, const Options& options);

  /// Fills the password fields of a row. @errors syntax (a password that nobody can type), unavailable (no memory)
  Result<void> set(rows::MailboxRow& row, const Secret& password);
  /// Whether `password` is the one of `row`. Costs the same for a null row (then false), for which `decoy` is tried.
  [[nodiscard]] bool verify(const rows::MailboxRow* row, View decoy, const Secret& password);
  /// A hash that no password matches, at today's cost.
  [[nodiscard]] Result<std::string> make_decoy();
  /// Whether the hash was made at another cost.
  [[nodiscard]] bool is_outdated(View hash) const;

 private:
  Random& random_;
  Options options_;
  std::counting_semaphore<> turns_;
};

}  // namespace posthorn::directory
