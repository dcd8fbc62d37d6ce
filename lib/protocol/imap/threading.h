// Puts messages into threads: ORDEREDSUBJECT and REFERENCES of RFC 5256 section 3, and REFS of
// draft-ietf-morg-inthread section 5, which goes by references alone and puts the thread with the newest message last.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/thread.h"

namespace posthorn::imap::threading {

enum class Algorithm : std::uint8_t { ordered_subject, references, refs };

/// Ids of one References field that are followed; the oldest are left out.
inline constexpr std::size_t kMaxReferences = 200;

/// Collects messages and threads them. Message ids and subjects are kept as hashes of 64 bits: about 100 octets a
/// message, and 40 for each id that is only referred to.
class Threader {
 public:
  explicit Threader(Algorithm algorithm) : algorithm_(algorithm) {}

  /// Messages come in ascending order.
  /// @param number  what the answer calls it
  /// @param subject  the base subject, collated
  void add(std::uint32_t number, WallTime sent, WallTime arrival, const mime::ThreadLinks& links, View subject);
  /// Takes all that was added. @returns each thread as THREAD writes it: "(3 6 (4 23)(44 7 96))"
  [[nodiscard]] std::vector<std::string> take_threads();

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = std::numeric_limits<Index>::max();
  /// A message, or one that is only referred to: then its number is 0. A tree by indices.
  struct Node {
    std::uint32_t number = 0;
    Index parent = kNone;
    std::int64_t sent = 0;
    std::int64_t arrival = 0;
    std::uint64_t subject = 0;  // 0: there is none
    bool is_reply = false;
    bool was_parent = false;  // of any link so far
    std::vector<Index> children;
  };

  Index node_of(View id);
  void link(Index parent, Index child);
  [[nodiscard]] bool is_above(Index maybe, Index node) const;
  void cut(Index node);
  void gather_children();
  void prune();
  void thread_by_subject();
  void merge_subjects();
  [[nodiscard]] std::uint64_t subject_of(Index node) const;
  [[nodiscard]] bool comes_first(Index a, Index b) const;
  void sort_all();
  void sort_by_newest();
  [[nodiscard]] std::vector<Index> below(Index root) const;
  [[nodiscard]] std::string written(Index root) const;

  Algorithm algorithm_;
  std::vector<Node> nodes_;
  std::vector<Index> roots_;
  std::unordered_map<std::uint64_t, Index> by_id_;
};

}  // namespace posthorn::imap::threading
