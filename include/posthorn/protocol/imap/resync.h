// What changed in a mailbox since a client was there last: new, changed and vanished messages, with QRESYNC, with
// CONDSTORE alone and with neither (RFC 7162; RFC 4549 section 6 for servers without).
//
//     Resync resync(known, Resync::best(session, qresync_enabled));
//     session.send(resync.select("INBOX", true));          // hear_event(event) for every event until it completed
//     while (auto command = resync.next()) session.send(*command);   // the same, one after the other
//     use(resync.added(), resync.changed(), resync.vanished());
//     known = resync.now();                                 // durable only after what was found is
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/client_command.h"
#include "posthorn/protocol/imap/client_session.h"
#include "posthorn/protocol/imap/response.h"

namespace posthorn::imap {

/// A set of UIDs as ascending, merged ranges.
class UidSet {
 public:
  UidSet() = default;
  /// In any order; a range may be written backwards.
  explicit UidSet(std::vector<Range> ranges);

  void add(Uid uid);
  [[nodiscard]] bool has(Uid uid) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// UIDs in it.
  [[nodiscard]] std::uint64_t size() const;
  /// The highest; 0 when it is empty.
  [[nodiscard]] Uid last() const { return empty() ? Uid() : Uid(ranges_.back().last); }
  [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }
  /// What is in this set and not in `other`.
  [[nodiscard]] UidSet without(const UidSet& other) const;
  /// What is in both.
  [[nodiscard]] UidSet common(const UidSet& other) const;
  /// All of both.
  [[nodiscard]] UidSet with(const UidSet& other) const;
  bool operator==(const UidSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

/// What a client keeps of a mailbox between two visits.
struct KnownMailbox {
  UidValidity uid_validity;  ///< 0: never seen
  std::optional<ModSeq> modseq;
  UidSet uids;
  bool operator==(const KnownMailbox&) const = default;
};

/// One visit. A value; hears responses and says what to ask next.
class Resync {
 public:
  enum class Way : std::uint8_t { plain, condstore, qresync };
  /// The best way that the server offers. QRESYNC must have been enabled (ask::enable("QRESYNC")).
  [[nodiscard]] static Way best(const ClientSession& session, bool qresync_enabled);

  Resync(KnownMailbox known, Way way) : known_(std::move(known)), way_(way) {}

  [[nodiscard]] ClientCommand select(View mailbox, bool read_only) const;
  /// Every untagged response, and the code of the completed SELECT as a response::State.
  void hear(const response::Data& data);
  /// The same for an event of the session: what Received has, and the code of Completed.
  void hear_event(const ClientEvent& event);
  /// What to ask next, after what was asked before has completed; nullopt: everything is known.
  [[nodiscard]] std::optional<ClientCommand> next();

  /// UIDVALIDITY is another: everything that was known is gone, and all messages are new.
  [[nodiscard]] bool is_reset() const { return reset_; }
  [[nodiscard]] UidSet added() const { return present().without(gone()).without(kept()); }
  /// Known messages whose flags the server said; without CONDSTORE all of them.
  [[nodiscard]] const std::vector<std::pair<Uid, response::FlagList>>& changed() const { return changed_; }
  /// Known messages that are there no more.
  [[nodiscard]] UidSet vanished() const;
  /// What to keep for the next visit.
  [[nodiscard]] KnownMailbox now() const;

 private:
  enum class Step : std::uint8_t { selecting, changes, news, all, done };
  void on_fetch(const response::Fetch& fetch);
  void on_code(const response::Code& code);
  void settle_select();
  /// Whether SELECT asks for what changed.
  [[nodiscard]] bool resumes() const;
  [[nodiscard]] UidSet kept() const { return reset_ ? UidSet() : known_.uids; }
  // Servers may tell UIDs one by one and in any order: they are merged once, when somebody asks.
  [[nodiscard]] UidSet present() const { return UidSet(present_); }
  [[nodiscard]] UidSet gone() const { return UidSet(gone_); }

  KnownMailbox known_;
  Way way_;
  Step step_ = Step::selecting;
  bool reset_ = false;
  bool counted_anew_ = false;  // a message went without its UID being said
  std::uint32_t exists_ = 0;
  UidValidity uid_validity_;
  std::optional<Uid> uid_next_;
  std::optional<ModSeq> modseq_;
  std::vector<Range> present_;  // said to be there in this visit
  std::vector<Range> gone_;
  std::vector<std::pair<Uid, response::FlagList>> changed_;
};

}  // namespace posthorn::imap
