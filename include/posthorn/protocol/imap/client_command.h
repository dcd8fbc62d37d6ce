// Commands as a client says them: built piece by piece, written by client_session.h.
//
//     session.send(ask::select("INBOX", {.condstore = true}));
//     session.send(ask::fetch(set, "(FLAGS BODY.PEEK[])", {.uid = true}));
//     session.send(ClientCommand("SETQUOTA").astring(root).raw(" (STORAGE 512)"));   // whatever has no function here
//
// Strings are quoted or sent as literals, and mailbox names spelled in UTF-7 or UTF-8, when the command is written: the
// session knows then what the server understands.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::imap {

/// One command without its tag. A value; what it holds is wiped when it ends, because it may be a password.
class ClientCommand {
 public:
  /// What the session must know of a command beyond its octets.
  enum class Kind : std::uint8_t { plain, login, authenticate, starttls, enable, idle, logout };
  enum class Part : std::uint8_t { raw, string, mailbox, content };
  struct Piece {
    Part part = Part::raw;
    Secret octets;
    std::uint64_t size = 0;  ///< content: octets that the host will give
    bool binary = false;     ///< content: literal8 (RFC 3516)
  };

  /// @param words  "UID FETCH 1:*": as they go on the wire
  explicit ClientCommand(View words, Kind kind = Kind::plain);

  /// Octets as they are; without CR, LF and NUL, or the session refuses the command.
  ClientCommand& raw(View octets);
  /// A space, and a string of any octets but NUL.
  ClientCommand& astring(View octets) { return raw(" ").string(octets); }
  /// The same without the space.
  ClientCommand& string(View octets);
  /// A space, and a mailbox name. @param name UTF-8
  ClientCommand& mailbox(View name);
  /// A space, and the name of a mailbox as response::List::wire_name has it.
  ClientCommand& wire_mailbox(View octets) { return astring(octets); }
  /// A space, and a literal whose octets the host gives to ClientSession::content() when WantContent comes.
  ClientCommand& content(std::uint64_t octets, bool binary = false);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  /// Whether every piece can be said: no CR, LF or NUL where none may be.
  [[nodiscard]] bool can_be_said() const;

 private:
  Kind kind_;
  std::vector<Piece> pieces_;
};

/// "1:3,7,9:*"; SequenceSet::kStar becomes "*". "" for no ranges, which no command takes.
[[nodiscard]] std::string format_set(std::span<const Range> ranges);
/// Ascending UIDs as ranges.
[[nodiscard]] std::vector<Range> ranges_of(std::span<const Uid> uids);

namespace ask {

struct QResync {
  UidValidity uid_validity;
  ModSeq modseq;
  std::vector<Range> known{};  ///< UIDs the client has; empty: all up to the one before UIDNEXT
};
struct SelectOptions {
  bool read_only = false;            ///< EXAMINE
  bool condstore = false;            ///< RFC 7162 section 3.1.8
  std::optional<QResync> qresync{};  ///< RFC 7162 section 3.2.5; QRESYNC must be enabled before
};
struct ListOptions {
  bool subscribed = false;  ///< only those (RFC 5258 section 3)
  bool remote = false;
  bool recursive_match = false;
  bool return_subscribed = false;
  bool return_children = false;
  bool return_special_use = false;  ///< RFC 6154
  std::string return_status{};      ///< "MESSAGES UIDNEXT" (RFC 5819); empty: none
};
struct FetchOptions {
  bool uid = false;
  std::optional<ModSeq> changed_since{};  ///< RFC 7162 section 3.1.4.1
  bool vanished = false;                  ///< RFC 7162 section 3.2.6; with `uid` and `changed_since`
};
struct StoreOptions {
  bool uid = false;
  bool silent = true;
  std::optional<ModSeq> unchanged_since{};  ///< RFC 7162 section 3.1.3
};
struct AppendOptions {
  Flags flags{};
  std::optional<WallTime> internal_date{};
  bool binary = false;  ///< literal8: the message may hold NUL
};
struct SearchOptions {
  bool uid = false;
  std::optional<std::string> results{};  ///< "MIN COUNT" of RETURN (RFC 4731); "" asks for ALL
  std::string charset{};                 ///< empty: none said
};

[[nodiscard]] ClientCommand capability();
[[nodiscard]] ClientCommand noop();
/// The session closes when its answer is there.
[[nodiscard]] ClientCommand logout();
[[nodiscard]] ClientCommand starttls();
[[nodiscard]] ClientCommand login(View user, const Secret& password);
/// @param words  "UTF8=ACCEPT QRESYNC"
[[nodiscard]] ClientCommand enable(View words);
/// Ends by ClientSession::done(), or by sending another command; renewed by itself (ClientLimits::idle).
[[nodiscard]] ClientCommand idle();

[[nodiscard]] ClientCommand select(View mailbox, const SelectOptions& options = {});
[[nodiscard]] ClientCommand close();
[[nodiscard]] ClientCommand unselect();
[[nodiscard]] ClientCommand create(View mailbox);
[[nodiscard]] ClientCommand remove(View mailbox);
[[nodiscard]] ClientCommand rename(View from, View to);
[[nodiscard]] ClientCommand subscribe(View mailbox);
[[nodiscard]] ClientCommand unsubscribe(View mailbox);
/// @param pattern  in the spelling of the wire
[[nodiscard]] ClientCommand list(View reference, View pattern, const ListOptions& options = {});
[[nodiscard]] ClientCommand lsub(View reference, View pattern);
[[nodiscard]] ClientCommand name_space();
/// @param items  "MESSAGES UIDNEXT"
[[nodiscard]] ClientCommand status(View mailbox, View items);
/// One message of exactly `octets` octets, which the host gives when WantContent comes.
[[nodiscard]] ClientCommand append(View mailbox, std::uint64_t octets, const AppendOptions& options = {});

/// @param items  "(UID FLAGS)"
[[nodiscard]] ClientCommand fetch(std::span<const Range> set, View items, const FetchOptions& options = {});
[[nodiscard]] ClientCommand store(std::span<const Range> set, FlagChange change, const Flags& flags,
                                  const StoreOptions& options = {});
[[nodiscard]] ClientCommand copy(std::span<const Range> set, View mailbox, bool uid);
[[nodiscard]] ClientCommand move(std::span<const Range> set, View mailbox, bool uid);
/// @param only  UID EXPUNGE of these (RFC 4315)
[[nodiscard]] ClientCommand expunge(std::span<const Range> only = {});
/// @param keys  "UNSEEN SINCE 1-Jan-2026"; strings in it as the wire has them
[[nodiscard]] ClientCommand search(View keys, const SearchOptions& options = {});
/// @param criteria  "(DATE)". RFC 5256
[[nodiscard]] ClientCommand sort(View criteria, View charset, View keys, bool uid);
/// @param algorithm  "REFERENCES". RFC 5256
[[nodiscard]] ClientCommand thread(View algorithm, View charset, View keys, bool uid);
/// RFC 2971. No fields: NIL.
[[nodiscard]] ClientCommand id(std::span<const std::pair<std::string, std::string>> fields = {});

}  // namespace ask

}  // namespace posthorn::imap
