// An accepted transaction becomes messages in mailboxes: one batch per account, durable before finish() returns.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/mailbox/account.h"

namespace posthorn::delivery {

/// Where a transaction came from, for its Received field (RFC 5321 section 4.4).
struct Origin {
  std::string helo;            ///< what the client called itself
  std::string address;         ///< its address; empty: hidden (F15)
  std::string protocol;        ///< "ESMTPS", "ESMTPSA", "LMTP"... (RFC 3848, 6531)
  std::string tls;             ///< "TLSv1.3 TLS_AES_128_GCM_SHA256", or empty
};

struct Envelope {
  std::string sender;  ///< reverse-path without <>; empty: null sender
  struct Recipient {
    std::string address;  ///< as the client gave it
    directory::Resolution resolution;
  };
  std::vector<Recipient> recipients;
  Origin origin;
};

struct Options {
  std::string host_name;              ///< in "by" of Received
  std::uint32_t max_received = 50;    ///< Received fields before a mail counts as looping (554 5.4.6)
};

/// One message on its way in; forgotten when destroyed unfinished.
class Transaction {
 public:
  virtual ~Transaction() = default;
  /// Content octets as they arrive, line ends CRLF.
  virtual Result<void> append(View octets) = 0;
  /// Stores the message for every recipient; may block. One result for each recipient of the envelope, in order.
  /// A recipient that fails does not undo another: SMTP answers by the worst, LMTP by each.
  [[nodiscard]] virtual std::vector<Result<void>> finish() = 0;
  /// The id in the Received field and in the 250 reply.
  [[nodiscard]] virtual View id() const = 0;
};

class Delivery {
 public:
  [[nodiscard]] static std::unique_ptr<Delivery> make(mailbox::Accounts& accounts, const Clock& clock, Random& random,
                                                      Options options);
  virtual ~Delivery() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<Transaction>> begin(Envelope envelope) = 0;
};

}  // namespace posthorn::delivery
