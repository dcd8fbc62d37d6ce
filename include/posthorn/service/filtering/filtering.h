// Sieve scripts at the delivery: which run for an account, what they may ask, and what becomes of what they want.
//
// A run has no effect (protocol/sieve): here its outcome becomes a delivery::Decision, by the rules of each action, and
// the delivery carries that out.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/program.h"
#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/directory/directory.h"

namespace posthorn::filtering {

/// A script that runs for an account.
struct Script {
  std::string key;        ///< another one whenever the text is another one: what its program is remembered by
  std::string name;       ///< for people: of a file, or as its owner calls it
  bool personal = false;  ///< the owner of the mailbox wrote it: he is told what is wrong with it
  std::shared_ptr<const std::string> text;
};

/// Where scripts come from. Safe to call from many threads; may block.
class Scripts {
 public:
  virtual ~Scripts() = default;
  /// In the order in which they run: those of the host and of the domain in front, the active one of the owner, those
  /// of the domain and of the host behind. @errors transient ones: the message comes again
  [[nodiscard]] virtual Result<std::vector<Script>> of(const directory::Account& account) = 0;
  /// A script that another one includes (RFC 6609 section 3.2); nullopt: there is none.
  [[nodiscard]] virtual Result<std::optional<Script>> included(const directory::Account& account, sieve::Location where,
                                                               View name) = 0;
};

struct Options {
  std::string host_name;
  std::string from;  ///< who writes to users about their scripts; empty: MAILER-DAEMON@host_name
  sieve::Limits limits{};
  // Between two answers to the same sender (RFC 5230 section 4.1): scripts get no less and no more.
  std::chrono::seconds vacation_min = std::chrono::days(1);
  std::chrono::seconds vacation_max = std::chrono::days(180);
  std::chrono::seconds remember_max = std::chrono::days(30);      ///< what `duplicate` keeps in mind (RFC 7352)
  std::chrono::seconds tell_errors_every = std::chrono::days(1);  ///< for each text of a script
  std::uint32_t max_received = 50;  ///< Received fields before mail that shall be sent on is kept instead
  std::size_t notified = 4;         ///< addresses that one notification goes to
  // Compiled scripts that are kept: how many, and octets of their texts. A program takes some ten times its text.
  std::size_t programs = 1'000;
  std::size_t program_octets = std::size_t{16} << 20U;
  /// Minutes east of Greenwich at a moment, for dates without a zone (RFC 5260 section 4.1); null: UTC.
  std::function<std::chrono::minutes(WallTime)> zone;
  /// Whether the owner of a mailbox has written to an address: who is in his list ":addrbook:default" (RFC 6134). null:
  /// there is no such list.
  std::function<Result<bool>(const directory::Account& account, View address)> has_written_to;
  /// Hears what went wrong, and what debugging scripts say; null: nobody does.
  std::function<void(View account, View what)> log;
};

/// @lifetime all arguments but the options outlive the filter
[[nodiscard]] std::unique_ptr<delivery::Filter> make_filter(Scripts& scripts, directory::Directory& directory,
                                                            const Clock& clock, Random& random, Options options);

}  // namespace posthorn::filtering
