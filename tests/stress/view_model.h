// What a client knows of the mailbox it has selected, from the responses alone; each response is checked against it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/response.h"

#include "stress/keyword.h"
#include "stress/ledger.h"
#include "stress/pending.h"

namespace posthorn::stress {

/// What ENABLE made of the responses.
struct Manner {
  bool numbers = true;    ///< false: UIDONLY
  bool vanishes = false;  ///< VANISHED instead of EXPUNGE
  bool modseqs = false;   ///< CONDSTORE
  bool qresync = false;
};

struct SeenMessage {
  std::uint32_t uid = 0;  ///< 0: not told yet
  std::optional<std::string> flags{};
  std::uint64_t modseq = 0;  ///< 0: not told
  bool assumed = false;      ///< the flags are those that a STORE under way should have made
};

/// What is kept for a SELECT with QRESYNC: all messages, and up to where their changes are known.
struct Saved {
  std::uint32_t uid_validity = 0;
  std::uint64_t modseq = 0;
  std::vector<SeenMessage> messages;
};

/// System flags and keywords in one order.
[[nodiscard]] std::string words_of(const imap::response::FlagList& flags);
[[nodiscard]] std::string words_of(const imap::Flags& flags);

class ViewModel {
 public:
  struct Shared {
    Ledger& ledger;
    OwnKeyword& keyword;
    Complain complain;
  };
  /// @param sent  the floor of the mailbox when SELECT was sent
  ViewModel(Shared shared, std::size_t box, Manner manner, const Floor& sent);

  /// SELECT told the client's state: what it does not mention has not changed.
  /// @param listed  the client named the UIDs it knows, so that new messages are not told
  void resume(Saved saved, bool listed);
  /// @param running  the command that the server executes; null: none
  void hear(const imap::response::Data& data, const Pending* running);
  void hear(const imap::response::Code& code);
  /// SELECT ended with OK.
  void opened();
  /// The server begins with this command: nothing that comes later is older than what it does.
  void begin(const Pending& pending);
  /// STORE ended with OK: where it changed more than begin() assumed, that was told.
  void settle();
  /// STORE did not do what begin() assumed.
  void undo(const Pending& pending);

  [[nodiscard]] std::size_t box() const { return box_; }
  [[nodiscard]] const std::vector<SeenMessage>& messages() const { return messages_; }
  /// Every message has a UID.
  [[nodiscard]] bool complete() const;
  /// ... and flags.
  [[nodiscard]] bool knows_all() const;
  /// The MODSEQ up to which all changes were told.
  [[nodiscard]] std::uint64_t synced() const { return synced_; }
  /// nullopt: it does not know all messages, or no modification sequence.
  [[nodiscard]] std::optional<Saved> save() const;
  /// Compares with what the mailbox holds.
  void close(std::span<const Held> held) const;

 private:
  struct Resumed {
    std::vector<SeenMessage> left;  // those of Saved that did not vanish
    bool listed = false;
  };
  void exists(std::uint32_t count);
  void expunge(std::uint32_t number, const Pending* running);
  void vanished(const imap::response::Vanished& vanished, const Pending* running);
  void vanished_earlier(const std::vector<imap::Range>& uids);
  void vanish(std::uint32_t uid);
  void fetch(const imap::response::Fetch& fetch);
  SeenMessage* find(const imap::response::Fetch& fetch);
  SeenMessage* by_uid(std::uint32_t uid);
  void learn_uid(std::size_t index, std::uint32_t uid);
  void learn_flags(SeenMessage& message, const imap::response::Fetch& fetch);
  void learn_content(Place place, const imap::response::Fetch& fetch);
  void merge();
  void complain(const std::string& what) const;
  void forbid_removal(const Pending* running) const;

  const Shared shared_;
  const std::size_t box_;
  const Manner manner_;
  const Floor sent_;
  std::vector<SeenMessage> messages_;
  std::optional<Resumed> resumed_;  // until opened()
  std::uint32_t uid_validity_ = 0;
  std::uint64_t synced_ = 0;  // up to here all changes were told
};

}  // namespace posthorn::stress
