// What the DNS said of policy records, and what follows of it for a domain (RFC 9989 section 4.10).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/dmarc/public_suffixes.h"
#include "posthorn/protocol/dmarc/record.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::dmarc {

/// Names at which records are looked for at most, for one domain.
inline constexpr std::size_t kMaxWalk = 8;

/// The names of a walk in its order: the domain, then its parents, beginning at seven labels where it has more than
/// eight.
[[nodiscard]] std::vector<std::string> walk_names(View domain);

/// Whether a domain is another one or lies below it.
[[nodiscard]] bool is_within(View domain, View above);

/// What came of a walk as far as answers are there.
struct Walk {
  struct Found {
    std::string domain;
    const Record* record;
  };
  std::vector<Found> found;           ///< the longest name first
  std::string organizational_domain;  ///< once `next` is empty
  std::optional<std::string> next;    ///< the domain whose record is to be asked for
  std::size_t failed_labels = 0;      ///< of the longest name about which nobody knows; 0: all are known
};

/// The records of many domains. Walks of several domains share what they have in common.
class Tree {
 public:
  /// @lifetime `suffixes` outlives the object; null: trees are walked
  explicit Tree(const PublicSuffixes* suffixes) : suffixes_(suffixes) {}

  void take(const std::string& domain, const dns::Answer& answer);
  /// @lifetime records live as long as the object
  [[nodiscard]] Walk walk(const std::string& domain) const;
  /// "_dmarc.example.org: no record", for an answer that is there.
  [[nodiscard]] std::string told(const std::string& domain) const;
  /// Where the walk of a domain looks, or the two names that the list gives.
  [[nodiscard]] std::vector<std::string> names(const std::string& domain) const;

 private:
  struct Entry {
    std::optional<Record> record;
    bool failed = false;
    bool several = false;
  };
  const PublicSuffixes* suffixes_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace posthorn::dmarc
