// An accepted transaction becomes messages in mailboxes: one batch per account, durable before finish() returns.
//
// Where a recipient leads to another host, wants a report of success or shall wait, the whole transaction becomes a
// message of the queue by one commit, and the queue serves mailboxes here as well: nothing is half accepted. What a
// mailbox here cannot take now waits in the queue too.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/mailbox/account.h"
#include "posthorn/service/queue/message.h"

namespace posthorn::queue {
class Queue;
}

namespace posthorn::delivery {

class Filter;
struct Letter;

/// Where a transaction came from, for its Received field (RFC 5321 section 4.4).
struct Origin {
  std::string helo;      ///< what the client called itself
  std::string address;   ///< its address; empty: hidden (F15)
  std::string protocol;  ///< "ESMTPS", "ESMTPSA", "LMTP"... (RFC 3848, 6531)
  std::string tls;       ///< "TLSv1.3 TLS_AES_128_GCM_SHA256", or empty
};

/// Looks at the header of a message when all of it is there, and may refuse the message.
struct Examined {
  std::string fields;                 ///< put in front of the message, each with its line end (RFC 6409 section 8)
  std::optional<std::string> header;  ///< instead of the one that came
};
using Examine = std::function<Result<Examined>(View header)>;

/// What was found out about a whole message.
struct Findings {
  std::string fields;  ///< put in front of it in mailboxes here (RFC 8601), each with its line end
  /// What the domain of its author asks for. `reject` for a message that is taken all the same means quarantine.
  directory::Enforcement asked = directory::Enforcement::none;
};

struct Envelope {
  std::string sender;  ///< reverse-path without <>; empty: null sender
  struct Recipient {
    std::string address;  ///< as the client gave it
    directory::Resolution resolution;
    std::string original;  ///< ORCPT, decoded; empty: not given
    queue::Notify notify;
  };
  std::vector<Recipient> recipients;
  Origin origin;
  /// What the client asked for; sender, body and times are not looked at. A binary message is taken whole into memory
  /// and stored and queued in lines (mime::to_eight_bit): nothing after this knows of binary content.
  queue::Message wishes;
  Examine examine;             ///< null: nothing is looked at
  bool each_answered = false;  ///< every recipient gets a reply of his own (LMTP)
  bool judged = false;         ///< Transaction::judge() comes before finish(): nothing is stored until then
};

struct Options {
  std::string host_name;            ///< in "by" of Received
  std::uint32_t max_received = 50;  ///< Received fields before a mail counts as looping (554 5.4.6)
  /// Octets of binary messages in memory at once; what comes beyond that is to come again.
  std::uint64_t binary_octets = 128U << 20U;
  /// Where mail for other hosts goes, and what mailboxes could not take. null: other hosts get nothing. @lifetime
  /// outlives the Delivery
  queue::Queue* queue = nullptr;
  /// The envelope sender of mail that an alias sends on (SRS, features F6); null: it stays.
  std::function<std::string(View sender)> rewrite_sender;
  /// Whether one more letter may leave because of mail that came for an account (features F14); null: always. What
  /// shall be passed on and may not is kept, other letters are left out.
  std::function<Result<bool>(const directory::Account& account, const Letter& letter)> may_send;
  /// Asked what owners of mailboxes want done with their mail; null: all mail is filed. Without a queue it can have
  /// nothing sent: such mail is kept. @lifetime outlives the Delivery
  Filter* filter = nullptr;
};

/// One message on its way in; forgotten when destroyed unfinished.
class Transaction {
 public:
  virtual ~Transaction() = default;
  /// Content octets as they arrive, line ends CRLF; of a binary message any.
  virtual Result<void> append(View octets) = 0;
  /// What was found out about the message, after its last octet; where Envelope::judged.
  virtual void judge(Findings findings) = 0;
  /// What is queued of the message rests until an operator releases it. Before finish().
  /// @param why  what operators see of it
  /// @returns false: nothing is queued, so nothing rests
  virtual bool hold(View /*why*/) { return false; }
  /// Stores the message for every recipient; may block. One result for each recipient of the envelope, in order.
  /// A recipient that fails does not undo another: SMTP answers by the worst, LMTP by each.
  [[nodiscard]] virtual std::vector<Result<void>> finish() = 0;
  /// After finish(): why a recipient that failed with `denied` refuses the message, for the sender; ASCII, may have
  /// several lines. Empty: he did not say.
  [[nodiscard]] virtual std::string refusal(std::size_t /*recipient*/) const { return {}; }
  /// The id in the Received field and in the 250 reply.
  [[nodiscard]] virtual View id() const = 0;
};

/// 16 characters of lower-case base32: what names a transaction.
[[nodiscard]] std::string new_id(Random& random);

class Delivery {
 public:
  [[nodiscard]] static std::unique_ptr<Delivery> make(mailbox::Accounts& accounts, const Clock& clock, Random& random,
                                                      Options options);
  virtual ~Delivery() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<Transaction>> begin(Envelope envelope) = 0;
};

}  // namespace posthorn::delivery
