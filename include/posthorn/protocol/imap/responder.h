// Writes IMAP responses: escapes by itself, picks quoted or literal, speaks modified UTF-7 to clients of IMAP4rev1.
//
// An Execution writes untagged responses piece by piece and says how its command ended; the session writes the tagged
// line after it has told the client what other sessions changed. What the client has enabled decides the form: with
// QRESYNC and UIDONLY removed messages are VANISHED, with CONDSTORE flags come with their MODSEQ, with UIDONLY no
// message number is ever said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/error.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::imap {

/// Of a tagged or an untagged status response (RFC 9051 section 7.1).
enum class Status : std::uint8_t { ok, no, bad, bye };

/// What the name in a not_found failure was: decides between NONEXISTENT and TRYCREATE (RFC 9051 section 6.4.7).
enum class Missing : std::uint8_t { source, target };

/// A status response. Views are constants of the program.
struct Reply {
  Status status;
  View code;  ///< without brackets; may be empty
  View text;  ///< not empty
};

/// What the client has switched on, by ENABLE or by a command that implies it; a login begins with nothing.
struct Enabled {
  bool rev2 = false;       ///< IMAP4rev2 (RFC 9051)
  bool utf8 = false;       ///< UTF8=ACCEPT (RFC 9755)
  bool condstore = false;  ///< MODSEQ in FETCH responses (RFC 7162 section 3.1)
  bool qresync = false;    ///< VANISHED instead of EXPUNGE (section 3.2); implies condstore
  bool uidonly = false;    ///< no message numbers at all (RFC 9586)

  /// Removed messages are told by UID.
  [[nodiscard]] bool vanishes() const { return qresync || uidonly; }
};

class Responder {
 public:
  /// @param mark octets of unsent output at which full() says so
  Responder(Buffer& out, std::size_t mark) : out_(out), mark_(mark) {}

  /// Whether the Execution should return Progress::more and wait until the peer has read.
  [[nodiscard]] bool full() const { return out_.size() >= mark_; }

  // Pieces of an untagged response. Nothing is added between them: write the spaces with raw().
  Responder& raw(View octets);  ///< octets as they are: words, parentheses, chunks of a literal
  Responder& number(std::uint64_t n);
  Responder& string(View octets);                  ///< quoted where that can carry it, else a literal
  Responder& nstring(std::optional<View> octets);  ///< NIL for nullopt
  Responder& literal(std::uint64_t octets);  ///< "{n}" CRLF; exactly n octets must follow with raw(), in any steps
  Responder& mailbox(View name);             ///< UTF-8 name
  Responder& flags(const Flags& flags);      ///< with its parentheses
  Responder& end();                          ///< CRLF

  /// One whole line "* " text.
  void untagged(View text);
  /// "* OK [code] text"; no brackets for an empty code.
  void untagged(Status status, View code, View text);
  /// "+ text".
  void continuation(View text);
  /// One line of what poll(), expunge() or move() returned; not for what vanishes. FETCH responses carry the UID.
  void change(const Change& change, SelectedMailbox& view);
  /// "* VANISHED 3,5:9". @param earlier  they went before the client asked (RFC 7162 section 3.2.10)
  void vanished(std::span<const Range> uids, bool earlier);
  /// "* 3 FETCH (" or, with UIDONLY, "* 47 UIDFETCH (" (RFC 9586 section 3.3).
  Responder& begin_fetch(SeqNum number, Uid uid);
  /// The whole FETCH response that tells the flags of a message, with UID and what else is enabled.
  void flags_of(SeqNum number, const MessageFacts& facts, bool with_uid = true);
  /// The same without the flags: what STORE with .SILENT answers under CONDSTORE.
  void modseq_of(SeqNum number, const MessageFacts& facts, bool with_uid);

  /// How the command ended; the last call before Progress::done counts. Text must not be empty.
  void finish(Status status, View code, View text);
  void finish(const Reply& reply) { finish(reply.status, reply.code, reply.text); }
  void ok(View text) { finish(Status::ok, {}, text); }
  /// The status, response code and text of a failure, from the one table (replies.h).
  void refuse(const Error& error, Missing missing = Missing::source);

  void set_enabled(const Enabled& enabled) { enabled_ = enabled; }
  [[nodiscard]] const Enabled& enabled() const { return enabled_; }
  [[nodiscard]] Status status() const { return status_; }
  /// Forgets how an Execution ended that ran beside the commands.
  void forget_completion();
  /// Gives the tagged line a response code if it is OK and has none.
  void add_code(View code);
  /// For the session: writes the tagged line and forgets it.
  void write_completion(View tag);

 private:
  void begin_facts(SeqNum number, const MessageFacts& facts, bool with_uid);
  void status_line(View tag, Status status, View code, View text);

  Buffer& out_;
  std::size_t mark_;
  /// UTF-8 may stand in quoted strings and mailbox names (RFC 9051 section 4.3, RFC 9755 section 3).
  [[nodiscard]] bool utf8() const { return enabled_.utf8 || enabled_.rev2; }

  Enabled enabled_;
  Status status_ = Status::ok;
  std::string code_;
  std::string text_;
};

/// Changes that the client must hear of, told piece by piece: there may be a million of them.
class News {
 public:
  News() = default;
  explicit News(std::vector<Change> changes) : changes_(std::move(changes)) {}
  [[nodiscard]] bool told() const { return at_ == changes_.size(); }
  /// Writes until the responder is full. @returns told()
  bool tell(SelectedMailbox& view, Responder& responder);

 private:
  /// A line of responses stays within what clients read: 8,192 octets and more.
  static constexpr std::size_t kVanishedPerLine = 700;
  void tell_vanished(Responder& responder);

  std::vector<Change> changes_;
  std::size_t at_ = 0;
};

/// "\Seen \Flagged keyword", without parentheses.
[[nodiscard]] std::string flag_words(const Flags& flags);

/// "1:3,7" of ascending or arbitrary numbers, runs joined (RFC 4315 section 4: the set in COPYUID keeps its order).
[[nodiscard]] std::string uid_set(std::span<const Uid> uids);
/// The same of ranges.
[[nodiscard]] std::string number_set(std::span<const Range> ranges);

}  // namespace posthorn::imap
