// What an IMAP server says, as values: every response of RFC 9051 and RFC 3501, and of the extensions that clients use.
//
// The parser is lenient where servers are known to be sloppy (the quirks below) and bounded everywhere. What it does
// not know is kept as text, so that a new extension loses nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/protocol/imap/response_code.h"

namespace posthorn::imap::response {

/// Deepest nesting of parentheses that is read; what is deeper makes the response unreadable.
inline constexpr int kMaxDepth = 100;
/// Most flags in one list, addresses in one field of an envelope, parts in one body.
inline constexpr std::size_t kMaxFlags = 1000;
inline constexpr std::size_t kMaxAddresses = 50'000;
inline constexpr std::size_t kMaxParts = 20'000;

/// OK, NO, BAD, BYE, PREAUTH (RFC 9051 section 7.1).
enum class Condition : std::uint8_t { ok, no, bad, bye, preauth };

/// A status response: the greeting, an untagged one, or the end of a command.
struct State {
  Condition condition = Condition::ok;
  Code code;
  std::string text;
};

/// A word and what stands behind it, not understood.
struct Other {
  std::string name;
  std::string text;
};

struct Enabled {
  std::vector<std::string> words;
};

/// LIST, LSUB or XLIST (RFC 9051 section 7.3.1, RFC 5258, RFC 6154).
struct List {
  enum class Kind : std::uint8_t { list, lsub, xlist };
  Kind kind = Kind::list;
  std::vector<std::string> attributes;  ///< with their backslash
  std::optional<char> delimiter;        ///< nullopt: a flat name space
  std::string name;                     ///< UTF-8; the octets of the wire when they are no name
  std::string wire_name;                ///< what the server calls it: right for commands whatever it is
  std::vector<std::string> child_info;  ///< RFC 5258 section 3.5
  std::optional<std::string> old_name;  ///< RFC 9051 section 6.3.9.7
  std::vector<Other> others;            ///< further extended data

  /// @param attribute  "\\Noselect"; ASCII case ignored
  [[nodiscard]] bool has(View attribute) const;
};

/// STATUS (RFC 9051 section 7.3.4, RFC 7162, RFC 8474, RFC 7889, RFC 9208); only what the server said.
struct MailboxState {
  std::string mailbox;
  std::optional<std::uint32_t> messages, recent, unseen, deleted;
  std::optional<Uid> uid_next;
  std::optional<UidValidity> uid_validity;
  std::optional<ModSeq> highest_modseq;
  std::optional<std::uint64_t> size;             ///< octets
  std::optional<std::uint64_t> deleted_storage;  ///< octets
  std::optional<std::uint64_t> append_limit;     ///< octets
  std::optional<std::string> mailbox_id;
  std::vector<Other> others;
};

/// FLAGS.
struct MailboxFlags {
  FlagList flags;
};
struct Exists {
  std::uint32_t messages;
};
struct Recent {
  std::uint32_t messages;
};
struct Expunge {
  SeqNum number;
};
/// RFC 7162 section 3.2.10.
struct Vanished {
  bool earlier = false;
  std::vector<Range> uids;
};

/// SEARCH or SORT (RFC 3501 section 7.2.5, RFC 5256, RFC 7162 section 3.1.5), in the order of the server.
struct Found {
  bool sorted = false;  ///< SORT
  std::vector<std::uint32_t> numbers;
  std::optional<ModSeq> modseq;
};
/// RFC 4731, RFC 9051 section 7.3.4, RFC 9394.
struct ESearch {
  std::string tag;
  bool uids = false;
  std::optional<std::uint32_t> min, max, count;
  std::vector<Range> all;
  std::optional<ModSeq> modseq;
  std::optional<std::pair<std::string, std::vector<Range>>> partial;  ///< the range as written, and what is in it
  std::vector<Other> others;
};
/// THREAD (RFC 5256 section 4), depth first.
struct Thread {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Node {
    std::uint32_t number;  ///< 0: a parent that is not there
    std::size_t parent;    ///< index in `nodes`; kNone at the top
    bool operator==(const Node&) const = default;
  };
  std::vector<Node> nodes;
};

/// One address, or a mark of a group: a start has only `mailbox`, an end nothing (RFC 9051 section 7.5.2).
struct Address {
  std::optional<std::string> name, route, mailbox, host;
  bool operator==(const Address&) const = default;
};
/// Header fields as on the wire: encoded words are not decoded.
struct Envelope {
  std::optional<std::string> date, subject;
  std::vector<Address> from, sender, reply_to, to, cc, bcc;
  std::optional<std::string> in_reply_to, message_id;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;
struct Disposition {
  std::string type;
  Parameters parameters;
};
/// BODY or BODYSTRUCTURE (RFC 9051 section 7.5.2).
struct Body {
  std::string type;  ///< "multipart" where there are parts
  std::string subtype;
  Parameters parameters;
  std::optional<std::string> id, description;
  std::string encoding;
  std::uint64_t octets = 0;
  std::optional<std::uint64_t> lines;
  std::unique_ptr<Envelope> envelope;  ///< message/rfc822 and message/global
  std::vector<Body> parts;             ///< of a multipart; one of a message
  std::optional<std::string> md5;
  std::optional<Disposition> disposition;
  std::vector<std::string> languages;
  std::optional<std::string> location;

  [[nodiscard]] bool is_multipart() const { return !parts.empty() && !envelope; }
};

/// BODY[section]<origin>, BINARY[section]<origin>, RFC822, RFC822.HEADER or RFC822.TEXT.
struct Content {
  std::string item;  ///< "BODY", "BINARY", "RFC822", "RFC822.HEADER", "RFC822.TEXT"
  std::string section;
  std::optional<std::uint64_t> origin;
  std::optional<std::string> octets;  ///< nullopt: NIL, or streamed
  std::uint64_t size = 0;             ///< octets
  bool streamed = false;              ///< its octets came before, in pieces
};

/// FETCH or UIDFETCH (RFC 9051 section 7.5.2, RFC 7162, RFC 8474, RFC 8514, RFC 8970, RFC 9586); only what was said.
struct Fetch {
  SeqNum number;  ///< 0 in UIDFETCH
  std::optional<Uid> uid;
  std::optional<FlagList> flags;
  std::optional<WallTime> internal_date;
  std::optional<std::uint64_t> size;  ///< RFC822.SIZE, octets
  std::optional<ModSeq> modseq;
  std::optional<Envelope> envelope;
  std::optional<Body> body;
  bool extensible = false;  ///< `body` is of BODYSTRUCTURE
  std::vector<Content> contents;
  std::vector<std::pair<std::string, std::uint64_t>> binary_sizes;  ///< section, octets
  std::optional<std::string> email_id;
  std::optional<std::string> thread_id;
  std::optional<std::string> preview;
  std::optional<WallTime> save_date;
  std::vector<Other> others;  ///< unknown items, and known ones that could not be read

  /// The content of a section of BODY[...], or null. @lifetime of the Fetch
  [[nodiscard]] const Content* content(View section) const;
};

struct Namespace {
  struct Entry {
    std::string prefix;
    std::optional<char> delimiter;
    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> personal, others, shared;
};
/// RFC 2971; a value may be NIL.
struct Id {
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
};
/// RFC 4314.
struct Acl {
  std::string mailbox;
  std::vector<std::pair<std::string, std::string>> rights;  ///< identifier, rights
};
struct MyRights {
  std::string mailbox;
  std::string rights;
};
struct ListRights {
  std::string mailbox;
  std::string identifier;
  std::string required;
  std::vector<std::string> optional;
};
/// RFC 9208.
struct Quota {
  struct Resource {
    std::string name;
    std::uint64_t usage = 0;
    std::uint64_t limit = 0;
    bool operator==(const Resource&) const = default;
  };
  std::string root;
  std::vector<Resource> resources;
};
struct QuotaRoot {
  std::string mailbox;
  std::vector<std::string> roots;
};
/// RFC 5464: entries with their values, or in a notice of changes without them.
struct Metadata {
  std::string mailbox;  ///< empty: the server's own
  bool has_values = false;
  std::vector<std::pair<std::string, std::optional<std::string>>> entries;
};

/// One untagged response.
using Data =
    std::variant<State, Capability, Enabled, List, MailboxState, MailboxFlags, Exists, Recent, Expunge, Vanished, Found,
                 ESearch, Thread, Fetch, Namespace, Id, Acl, MyRights, ListRights, Quota, QuotaRoot, Metadata, Other>;
struct Untagged {
  Data data;
};
struct Tagged {
  std::string tag;
  State state;
};
/// "+ text".
struct Continuation {
  std::string text;
};
using Response = std::variant<Untagged, Tagged, Continuation>;

struct ParseOptions {
  /// Mailbox names are UTF-8 and not modified UTF-7 (UTF8=ACCEPT, IMAP4rev2).
  bool utf8_names = false;
  /// Offsets of literals ("{" or "~") whose octets are not in the text, ascending. @lifetime of the call
  std::span<const std::size_t> streamed;
};

/// Reads one whole response, without its last CRLF; literals stand in it as "{n}" CRLF and n octets.
///
/// Quirks that are read although no RFC allows them:
///   spaces      more than one between two words, or at the end of a line (Exchange, Courier)
///   bare_quote  a quote inside a quoted string that is not escaped (iCloud: Message-IDs in ENVELOPE)
///   empty_flag  "\" alone, or NIL, in a list of flags or attributes: ignored (Exchange)
///   broken_name a mailbox name that is neither modified UTF-7 nor UTF-8: kept as it is (old Courier, Domino)
///   no_text     a status response that ends after its word or its code (many)
///   odd_code    a tagged response whose code cannot be read: kept as OtherCode
///   odd_item    ENVELOPE, BODY, BODYSTRUCTURE or INTERNALDATE that cannot be read: kept in Fetch::others
/// @errors syntax; too_many and too_long above the limits of this header
[[nodiscard]] Result<Response> parse_response(View text, const ParseOptions& options = {});

/// The FETCH response that `text` begins, read up to the literal that it ends with, for a content that is streamed.
struct Begun {
  Fetch fetch;   ///< the items before it
  Content item;  ///< which one it is; octets not there
};
/// @param text  up to and without the announcement of the literal
/// @returns nullopt when no content of a message stands there
[[nodiscard]] std::optional<Begun> parse_begun_fetch(View text, const ParseOptions& options = {});

}  // namespace posthorn::imap::response
