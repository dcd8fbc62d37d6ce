// What DMARC found, kept until it is reported: rows of the store for each day and policy domain.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/protocol/dmarc/aggregate.h"
#include "posthorn/service/store/store.h"

namespace posthorn::reports {

/// A day of UTC and a policy domain.
struct DayOf {
  std::chrono::sys_days day;
  std::string domain;
  auto operator<=>(const DayOf&) const = default;
};

struct ResultLimits {
  std::size_t rows_of_domain = 500;   ///< different ones that are held in memory for one domain
  std::size_t rows_held = 10'000;     ///< the same for all domains
  std::size_t rows_of_day = 500'000;  ///< that one process writes; what is new after that is not reported
  /// Policy domains of one organizational domain on a day, and of one name of two labels: a server of names may have a
  /// record for each subdomain that anybody thinks of, and the tree walk believes it where the organization ends. Mail
  /// of more than that is not reported by this process.
  std::size_t domains_of_organization = 20;
  std::size_t domains_of_two_labels = 500;               ///< more: it may be a public suffix
  std::chrono::seconds save = std::chrono::seconds(30);  ///< what is older is written by the next add()
  /// XML of the rows of one report. What is new after that is left out, and the report says so: rows are made of names
  /// that strangers choose, and the report is in memory as a whole.
  std::size_t octets_of_report = 16U << 20U;
};

/// Safe to call from many threads; several processes may write to one partition. What was added is in the store after
/// ResultLimits::save, or when save() has returned; a crash loses the rest.
class DmarcResults {
 public:
  /// @lifetime all but `limits` outlive the object
  DmarcResults(store::Partition& rows, const Clock& clock, Random& random, ResultLimits limits = {});

  /// Counts a message that came today. Nothing where no record applies or it asks for no report. May block.
  /// @param row  from dmarc::row_of(), filled by the host
  void add(const dmarc::Verdict& verdict, dmarc::Row row);
  /// Writes what is not written. Blocks.
  Result<void> save();

  /// Whose results of days before `today` are in the store, at most `most`. Blocks.
  [[nodiscard]] Result<std::vector<DayOf>> due(std::chrono::sys_days today, std::size_t most) const;
  /// All of one: policy, begin, end, rows and errors of the report; equal rows of several processes are one. Blocks.
  [[nodiscard]] Result<dmarc::AggregateReport> collected(const DayOf& subject) const;
  /// They are reported, or nobody wants them. Blocks.
  Result<void> forget(const DayOf& subject);

 private:
  /// What is counted in memory and stands in one row of the store.
  struct Chunk {
    std::string key;
    dmarc::PublishedPolicy policy;
    dmarc::Aggregate counts;
    bool changed = false;
  };

  /// The policy domains of today that are reported, under the names that they are counted by.
  using Domains = std::map<std::string, std::vector<std::string>>;

  [[nodiscard]] bool may_report(const dmarc::Verdict& verdict);
  Chunk& chunk_of(const DayOf& subject);
  Result<void> write();
  void let_go(std::chrono::sys_days today);

  store::Partition& rows_;
  const Clock& clock_;
  Random& random_;
  const ResultLimits limits_;
  std::mutex mutex_;  // guards what follows
  std::map<DayOf, Chunk> chunks_;
  std::size_t held_ = 0;    // rows in them
  std::size_t of_day_ = 0;  // rows that were new on day_
  Domains domains_;         // of day_
  std::chrono::sys_days day_{};
  WallTime saved_{};
};

}  // namespace posthorn::reports
