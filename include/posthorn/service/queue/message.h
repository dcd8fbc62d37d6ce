// What waits in the queue: a message, and for each destination an item with the recipients that are served together.
//
// Plain values. A message and its items are taken in by one commit (Queue::accept) and leave recipient by recipient;
// what happened to each stands in the ledger (ledger.h).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/smtp/parameter_values.h"
#include "posthorn/service/store/store.h"

namespace posthorn::queue {

/// The partition of the queue; no mail account has this number.
inline constexpr store::AccountId kQueueAccount{(std::uint64_t{1} << 62U) + 1};

/// Names an accepted message. Grows with the time of acceptance, so that the order of names is the order of arrival.
struct MessageId {
  std::uint64_t order = 0;  ///< seconds since 1970, then 24 bits that count within the second
  std::uint32_t salt = 0;   ///< tells apart what two processes accept at once

  /// 24 hexadecimal digits.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<MessageId> parse(View text);
  /// When the message was accepted.
  [[nodiscard]] WallTime time() const { return WallTime(std::chrono::seconds(order >> 24U)); }
  auto operator<=>(const MessageId&) const = default;
};

/// Names one item of a message.
struct ItemKey {
  MessageId message;
  std::uint16_t item = 0;
  auto operator<=>(const ItemKey&) const = default;
};

using smtp::Notify;
using smtp::Return;

/// How TLS is wished for a message, beyond the policy of its destination (RFC 8689).
enum class TlsWish : std::uint8_t {
  policy,    ///< as the destination's policy says
  required,  ///< REQUIRETLS: verified TLS or not at all
  optional,  ///< "TLS-Required: No": delivery counts more
};

/// Where mail goes: a domain and a wish. An empty domain stands for the mailboxes of this site.
struct Destination {
  std::string domain;  ///< lower-case A-labels, or an address literal
  /// Of mail that another host gets, what Message::tls says; set when the message is taken in. REQUIRETLS is left out
  /// for the null sender: a report that could not go would be lost, and nobody would hear of it (RFC 8689 section 5).
  TlsWish tls = TlsWish::policy;
  [[nodiscard]] bool is_local() const { return domain.empty(); }
  /// "example.org", "example.org;requiretls", "example.org;tls-optional".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static Destination parse(View text);
  auto operator<=>(const Destination&) const = default;
};

struct Recipient {
  std::uint32_t number = 0;  ///< counts from 0 in the message: its name in the ledger
  std::string address;
  std::string original;  ///< "rfc822;user@example.org" of ORCPT, decoded; empty: not given
  Notify notify;
  bool operator==(const Recipient&) const = default;
};

/// What is needed to seal mail of others that goes on to another host (RFC 8617).
struct Seal {
  std::string domain;   ///< of the address here that sends it on
  std::string results;  ///< Authentication-Results of this host about what came, the field with its line end
  bool operator==(const Seal&) const = default;
};

/// Recipients of one message that are served in one transaction.
struct Item {
  Destination destination;
  std::string sender;        ///< reverse-path for these recipients, without <>; empty: the null sender
  std::string prefix;        ///< trace fields for these recipients alone, in front of the body
  std::optional<Seal> seal;  ///< nullopt: nobody here sends it on, or nothing was found out about it
  std::vector<Recipient> recipients;
  std::uint32_t attempts = 0;
  WallTime next{};          ///< no attempt before
  WallTime by{};            ///< looked at then, whatever its destination does (DELIVERBY); the epoch: no such time
  bool held = false;        ///< waits for an operator
  bool junk = false;        ///< mailboxes here file it under \Junk (RFC 6154)
  bool delay_told = false;  ///< the sender knows that it takes long
  std::string last;         ///< what was said at the last attempt
  bool operator==(const Item&) const = default;
};

struct Message {
  std::string sender;       ///< who gets reports; empty: nobody
  std::string account;      ///< the login that submitted it; empty: it came from outside
  std::string envelope_id;  ///< ENVID, decoded
  Return content = Return::unspecified;
  bool utf8 = false;                   ///< needs SMTPUTF8
  bool eight_bit = false;              ///< octets over 127
  bool binary = false;                 ///< BINARYMIME
  std::int8_t priority = 0;            ///< MT-PRIORITY (RFC 6710)
  std::optional<WallTime> deliver_by;  ///< DELIVERBY (RFC 2852)
  bool made_here = false;              ///< a report of this site
  bool return_late = false;            ///< its mode R: what is late is returned, not reported
  /// Holds for what is sent because of the message too: reports, answers, mail that a script passes on (RFC 8689).
  TlsWish tls = TlsWish::policy;
  WallTime arrived{};
  WallTime not_before{};  ///< kept back until then (FUTURERELEASE, RFC 4865); the epoch: it is not
  store::BlobId body{0};
  std::uint64_t octets = 0;  ///< of the body
  bool operator==(const Message&) const = default;
};

/// What became of one recipient in one attempt.
struct Outcome {
  enum class Kind : std::uint8_t {
    stored,       ///< in a mailbox of this site
    relayed,      ///< another host has taken it
    failed,       ///< for good
    deferred,     ///< may work later
    removed,      ///< an operator did not want it any more
    handed_over,  ///< another queue has it now
    untried,      ///< nothing happened: it waits as before
    unkept,       ///< for a mailbox of this site whose owner wants such mail sent on, answered or discarded
  };
  Kind kind = Kind::deferred;
  std::string status;      ///< enhanced status code, "4.4.1"
  std::string said;        ///< the reply in one line, or our own words
  std::string host;        ///< who said it; empty: we
  bool passed_on = false;  ///< relayed: that host has promised to send the reports (DSN)
  bool operator==(const Outcome&) const = default;
};

/// Where mail of a destination may go and how long it may take; read anew at each decision, so that a change holds for
/// what waits already.
struct Policy {
  std::chrono::seconds retention = std::chrono::hours(24 * 5);  ///< RFC 5321 section 4.5.4.1: at least 4 to 5 days
  std::chrono::seconds first_retry = std::chrono::minutes(5);   ///< doubled with each attempt
  std::chrono::seconds last_retry = std::chrono::hours(4);      ///< at most so long between two attempts
  std::chrono::seconds delay_after = std::chrono::hours(4);     ///< report a delay after; 0: never
  std::uint32_t connections = 8;                                ///< at the same time
  std::uint32_t messages_per_minute = 0;                        ///< 0: no limit
  bool backup = false;                                          ///< we are the fallback MX (features F52 to F55)
  std::string contact;  ///< who is warned before mail of a backup domain expires
};

/// Where mail to an address goes: items without numbers. For reports. @errors not_found and all others: nobody gets it
using Router = std::function<Result<std::vector<Item>>(View address)>;

/// Tells policies. Safe to call from many threads; must be quick.
class Policies {
 public:
  virtual ~Policies() = default;
  [[nodiscard]] virtual Policy policy(const Destination& destination) = 0;
};

}  // namespace posthorn::queue
