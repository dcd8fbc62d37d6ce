// What a command of an IMAP server may reach: the state of its session and the host's side of logging in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/comparator.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/protocol/imap/responder.h"
#include "posthorn/protocol/imap/search_contexts.h"
#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::imap {

struct CommandSpec;

/// States of a connection (RFC 9051 section 3); a bit each.
enum class Phase : std::uint8_t { not_authenticated = 1, authenticated = 2, selected = 4 };

/// Named limits of one connection, octets unless said otherwise.
struct Limits {
  std::size_t line = 65'536;                 ///< one line of a command (RFC 7162 section 4: 8,192 at least)
  std::size_t literal = 65'536;              ///< one literal that is an argument
  std::size_t command = 262'144;             ///< all lines and literals of one command
  std::uint64_t message = 52'428'800;        ///< the literal of APPEND
  std::uint64_t drain = 104'857'600;         ///< a refused literal longer than this ends the connection
  std::uint32_t errors = 50;                 ///< BAD answers, then BYE
  std::uint32_t login_errors = 10;           ///< BAD answers and refused logins before login, then BYE
  Duration idle = std::chrono::minutes(30);  ///< RFC 9051 section 5.4: 30 minutes at least
  Duration login = std::chrono::minutes(2);  ///< from the connection to the end of the login
  std::uint32_t messages = 0;                ///< messages that one command works on (RFC 9738: 1,000 at least); 0: any
  std::size_t output = 65'536;               ///< an Execution stops writing here until the peer has read
};

/// The host's side of logging in. Every call may block.
class Gate {
 public:
  virtual ~Gate() = default;
  /// Starts an exchange. @errors unavailable
  virtual Result<std::unique_ptr<sasl::ServerExchange>> exchange(const sasl::MechanismSpec& mechanism) = 0;
  /// The login to act as. @errors denied, unavailable
  virtual Result<std::string> check_password(View login, const Secret& password) = 0;
  /// The mailboxes of somebody who logged in. @errors unavailable
  virtual Result<std::unique_ptr<Mailboxes>> open(View login) = 0;
  /// What whoever was just let in must be told, shown as an ALERT (RFC 9051 section 7.1); empty: nothing.
  [[nodiscard]] virtual std::string notice() const { return {}; }
  /// What the exchanges judge beside passwords.
  [[nodiscard]] virtual sasl::Accepted accepted() const { return {}; }
  /// Called after each refused login. @returns how long the answer is to be held back
  virtual Duration refused() = 0;
};

struct State;

/// Tells a client, beside its commands, what it asked for by NOTIFY (RFC 5465).
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// Whether tell() would have something to do; cheap.
  [[nodiscard]] virtual bool due(const State& state) const = 0;
  /// Writes until the responder is full. @returns whether all is told
  virtual bool tell(State& state, Responder& responder) = 0;
  /// Whether commands still end with the changes of the selected mailbox.
  [[nodiscard]] virtual bool reports_selected() const = 0;
};

/// What a command asks of the driver once its answer is written.
enum class Request : std::uint8_t {
  none,
  upgrade,
  close,
  compress,  ///< what follows is DEFLATE, both ways (RFC 4978)
  cut,       ///< a response broke off: close without another octet, which the client would take for the rest of it
};

/// What the server says of itself to ID (RFC 2971 section 3.3); nothing of what is empty.
struct Identity {
  std::string name = "Posthorn";
  std::string version;
};

/// The state of one session. Commands change it; the session acts on it.
struct State {
  Gate* gate = nullptr;
  const Limits* limits = nullptr;
  const Identity* identity = nullptr;         ///< null: the default one
  View sieve_url;                             ///< ServerOptions::sieve_url
  std::span<const CommandSpec> commands;      ///< all rows of this server
  TimePoint now;                              ///< of the present step
  WallTime wall;                              ///< of the present step, as the host's clock has it
  std::string tag;                            ///< of the running command
  std::unique_ptr<Mailboxes> mailboxes;       ///< null before login
  std::unique_ptr<SelectedMailbox> selected;  ///< null when no mailbox is selected; destroyed before `mailboxes`
  std::string selected_name;                  ///< under which it was selected
  std::unique_ptr<Watcher> watcher;           ///< null: no NOTIFY
  std::optional<Uid> cut_at;  ///< the lowest message that the running command works on, when it has too many
  bool by_uid = false;        ///< the running command had the prefix UID: sets and answers are UIDs
  bool compressed = false;    ///< COMPRESS is active
  bool tls = false;
  bool starttls = false;     ///< STARTTLS is on offer
  bool clear_login = false;  ///< credentials are accepted without TLS
  bool bindable = false;     ///< a channel binding is known
  Enabled enabled;
  Comparator comparator = Comparator::unicode_casemap;  ///< as COMPARATOR set it (RFC 5255 section 4.7)
  SearchContexts contexts;                              ///< searches that the client wants to hear of
  std::vector<Range> saved;  ///< UIDs of the saved SEARCH result, ascending; of the selected mailbox
  Request request = Request::none;
  TimePoint resume_at;        ///< for Progress::pause
  bool login_failed = false;  ///< set by a command that refused credentials: counts as an error

  /// The messages of a set of the running command; a mailbox is selected. Where the host limits how many one command
  /// works on, these are the highest ones, and `cut_at` says where it stops (RFC 9738 section 3). @errors as
  /// imap::messages_of
  [[nodiscard]] Result<std::vector<Range>> messages(const SequenceSet& set);
  /// No mailbox is selected any more, and nothing that belonged to it is left.
  void deselect() {
    selected.reset();
    saved.clear();
    contexts.clear();
  }
  /// Octets of the largest message that APPEND takes (RFC 7889).
  [[nodiscard]] std::uint64_t append_limit() const {
    const auto host = mailboxes == nullptr ? std::nullopt : mailboxes->append_limit();
    return host && *host < limits->message ? *host : limits->message;
  }
  [[nodiscard]] Phase phase() const {
    if (mailboxes == nullptr) return Phase::not_authenticated;
    return selected == nullptr ? Phase::authenticated : Phase::selected;
  }
};

}  // namespace posthorn::imap
