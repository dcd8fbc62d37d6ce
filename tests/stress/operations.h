// The random operations of a client: what it asks next, given what it knows.
#pragma once

#include <utility>
#include <vector>

#include "posthorn/protocol/imap/client_command.h"

#include "stress/dice.h"
#include "stress/keyword.h"
#include "stress/ledger.h"
#include "stress/pending.h"
#include "stress/view_model.h"

namespace posthorn::stress {

/// A command and what to remember of it.
struct Asked {
  imap::ClientCommand command;
  Pending pending;
};

/// What an operation may know.
struct Scene {
  const ViewModel* view = nullptr;  ///< null: no mailbox is selected
  bool read_only = false;
  Manner manner;
};

class Operations {
 public:
  Operations(Dice& dice, Ledger& ledger, const OwnKeyword& keyword, std::uint32_t client)
      : dice_(dice), ledger_(ledger), keyword_(keyword), client_(client) {}

  /// One command, or two that may be pipelined (RFC 9051 section 5.5).
  [[nodiscard]] std::vector<Asked> choose(const Scene& scene);
  /// UIDs and flags of the messages that are not known.
  [[nodiscard]] static Asked synchronise(const Scene& scene);
  [[nodiscard]] static Asked noop();

 private:
  struct Chosen {
    std::vector<std::uint32_t> uids;  // ascending
    std::vector<imap::Range> set;     // UIDs or numbers
    bool by_uid = false;
  };
  enum class Need : std::uint8_t { any, own, to_delete, to_copy, to_move };
  [[nodiscard]] bool serves(std::uint32_t uid, Need need) const;
  /// A few messages; none when there are none of the kind.
  [[nodiscard]] Chosen pick(Need need, bool by_uid);
  [[nodiscard]] bool full(std::size_t box) const;

  Asked one(bool by_uid);
  Asked elsewhere();
  Asked append();
  Asked store(bool by_uid);
  Asked store_words(const Chosen& chosen, FlagPlan plan);
  Asked fetch(bool by_uid);
  Asked search(bool by_uid);
  Asked sort(bool by_uid);
  Asked transfer(bool by_uid);
  Asked expunge(bool by_uid);
  std::vector<Asked> saved_search();

  Dice& dice_;
  Ledger& ledger_;
  const OwnKeyword& keyword_;
  const std::uint32_t client_;
  std::uint32_t written_ = 0;  // letters
  Scene scene_;
};

}  // namespace posthorn::stress
