// A resolver that answers from zone text: for tests of everything that asks the DNS.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "posthorn/protocol/dns/resolver.h"
#include "posthorn/testing/zone.h"

namespace posthorn::testing {

/// Answers from a Zone as a validating resolver with an empty cache would. Safe to call from many threads.
///
///     ZoneResolver dns("example.org. MX 10 mx.example.org.\n"
///                      "mx.example.org. A 192.0.2.1\n");
///     dns.secure("example.org");
///     dns.fail("mx.example.org", dns::Outcome::timed_out);
///
/// Aliases are followed; a loop, or a chain of more than kMaxAliases, is unavailable. A name that cannot be written
/// (grammar/dns/name.h) does not exist.
class ZoneResolver : public dns::Resolver {
 public:
  static constexpr std::size_t kMaxAliases = 11;

  ZoneResolver();
  explicit ZoneResolver(Zone zone);
  /// From text as Zone::parse reads it. Where that fails, problem() says why and every answer is unavailable.
  explicit ZoneResolver(View text);
  /// Questions that wait for deliver() are answered: unavailable.
  ~ZoneResolver() override;
  ZoneResolver(const ZoneResolver&) = delete;
  ZoneResolver& operator=(const ZoneResolver&) = delete;

  void resolve(dns::Question question, Done done) override;

  /// What is wrong with the text that was given last; empty: nothing.
  [[nodiscard]] std::string problem() const;
  /// Adds records from text; what is there stays. @errors those of Zone::parse, which problem() keeps too
  Result<void> add(View text);
  /// Removes the records of a name, or those of one type.
  void erase(View name);
  void erase(View name, dns::Type type);
  /// From now on these are all the records there are.
  void replace(Zone zone);

  /// DNSSEC proves what is said of this name and of those below it; "" is all names. An answer through aliases is
  /// authenticated when every name on the way is.
  void secure(View name);
  /// Questions for the name end so, at its aliases too; with `type` only those for it.
  void fail(View name, dns::Outcome outcome, std::optional<dns::Type> type = std::nullopt);
  /// Ends what fail() began for the name.
  void recover(View name);

  /// Questions that came, for all names or for one.
  [[nodiscard]] std::size_t asked() const;
  [[nodiscard]] std::size_t asked(View name) const;
  [[nodiscard]] std::size_t asked(View name, dns::Type type) const;

  /// From now on questions wait for deliver(), which answers with what is there then.
  void defer();
  /// Questions that wait.
  [[nodiscard]] std::size_t waiting() const;
  /// Answers those that wait now, the oldest first, at most `most`. @returns how many
  std::size_t deliver(std::size_t most = static_cast<std::size_t>(-1));

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace posthorn::testing
