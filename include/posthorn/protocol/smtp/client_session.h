// The client side of SMTP (RFC 5321) and LMTP (RFC 2033) without I/O.
//
// The session greets, starts TLS, logs in and says Ready. The host then sends messages, one after the other: send(),
// wait for WantContent, content() as often as it likes, content_end(), wait for Finished, which has one outcome for
// every recipient whatever happened. Nothing the server says is believed before TLS that is used after it (RFC
// 3207 4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/grammar/frame/dot.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/protocol/sasl/mechanism.h"
#include "posthorn/protocol/session.h"
#include "posthorn/protocol/smtp/capabilities.h"
#include "posthorn/protocol/smtp/parameter_values.h"
#include "posthorn/protocol/smtp/reply.h"
#include "posthorn/protocol/smtp/reply_reader.h"

namespace posthorn::smtp {

/// What one connection may cost the client.
struct ClientLimits {
  std::size_t reply_line = 4096;                    ///< octets with CRLF. RFC 5321 4.5.3.1.5: at least 512
  std::size_t reply_lines = 128;                    ///< of one reply
  Duration reply = std::chrono::minutes(5);         ///< RFC 5321 4.5.3.2: at least 5 minutes for most commands
  Duration content_end = std::chrono::minutes(10);  ///< RFC 5321 4.5.3.2.6: at least 10 minutes after the final dot
  /// For the answer to QUIT. Nothing depends on it, so by default nobody waits; RFC 5321 4.1.1.10 would like it.
  Duration goodbye{};
};

/// Whether STARTTLS is used.
enum class TlsPolicy : std::uint8_t {
  none,           ///< never, or TLS is implicit
  opportunistic,  ///< when it is offered
  required,       ///< or the session ends
};

struct ClientOptions {
  std::string host_name = "localhost";  ///< for EHLO
  bool lmtp = false;
  TlsPolicy tls = TlsPolicy::required;
  std::optional<sasl::ClientOptions> login;  ///< AUTH with the best mechanism that both sides know
  bool clear_login = false;                  ///< send passwords without TLS
  bool chunking = true;                      ///< BDAT where CHUNKING and PIPELINING are offered (SMTP only)
  ClientLimits limits;
};

/// A message to send, without its content. What is asked for here is done or the message fails with the reason, except
/// that a server without DSN, MT-PRIORITY or DELIVERBY (mode N) is not told of these.
struct Outgoing {
  mail::Mailbox sender;  ///< is_null() for <>
  std::vector<mail::Mailbox> recipients;
  std::optional<std::uint64_t> octets;
  /// The content has octets over 127. Without 8BITMIME of the server the message fails with 5.6.3: converting it (RFC
  /// 6152 section 3) is for who has the message whole.
  bool eight_bit = false;
  bool utf8 = false;         ///< header fields need SMTPUTF8; without it the message fails with 5.6.7
  bool binary = false;       ///< any octets, sent as they are by BDAT (RFC 3030 section 3); without it 5.6.3
  bool require_tls = false;  ///< REQUIRETLS; without it, or without TLS, 5.7.30 (RFC 8689 section 4.2.1)
  Return ret = Return::unspecified;
  std::string envelope_id;         ///< ENVID; one that no server may take is left out
  std::vector<RcptParams> wishes;  ///< of the recipients, by index; those without have none
  std::optional<Priority> priority;
  std::optional<DeliverBy> deliver_by;  ///< as it is left now; mode R fails with 5.3.3 where the server cannot keep it
  std::optional<Hold> hold;             ///< 5.3.3 where the server cannot hold it so long
  /// No content follows: RSET comes behind the answers to RCPT, which are the outcomes.
  bool verify_only = false;
};

/// Logged in as far as wanted: send() may be called.
struct Ready {
  const Capabilities& capabilities;
};
/// Flush, do the handshake, call upgraded().
struct StartTls {};
/// The answer to one RCPT.
struct RecipientResult {
  std::size_t recipient;  ///< index in Outgoing::recipients
  Reply reply;
};
/// content() and content_end() may be called.
struct WantContent {};
/// The transaction is over; send() may be called again.
struct Finished {
  std::vector<Reply> outcomes;  ///< one for each recipient, in order
  /// The server has DSN: it was told of `ret`, `envelope_id` and `wishes`, and reports itself on whom it accepted. If
  /// not, who sends owes "relayed" to those who wished for success (RFC 3461 section 6.2.2).
  bool dsn = false;
};
/// The server refused the session; Closed follows.
struct Refused {
  enum class Stage : std::uint8_t { greeting, hello, tls, login };
  Stage stage;
  Reply reply;
};

using ClientEvent =
    std::variant<NeedInput, Ready, StartTls, RecipientResult, WantContent, Finished, Refused, Violation, Closed>;

class ClientSession {
 public:
  ClientSession(ClientOptions options, TimePoint now);

  void receive(View octets);
  void receive_end() { flags_.input_ended = true; }
  [[nodiscard]] ClientEvent next(TimePoint now);

  /// Begins a transaction; after Ready or Finished.
  void send(Outgoing message);
  /// A piece of the content; bare CR and bare LF become CRLF unless it is binary. Between WantContent and
  /// content_end().
  void content(View chunk);
  void content_end();
  /// Says QUIT after what is under way; Closed follows.
  void quit();

  [[nodiscard]] View transmit() const { return output_.view(); }
  void transmitted(std::size_t octets) { output_.consume(octets); }
  void upgraded(const TlsFacts& facts);
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }
  /// Whether the connection is over: a message sent now fails at once.
  [[nodiscard]] bool is_closed() const { return flags_.closed; }

 private:
  enum class Awaits : std::uint8_t {
    greeting,
    hello,
    old_hello,
    starttls,
    login,
    mail,
    rcpt,
    data,
    chunk,
    content,
    rset,
    quit,
  };
  struct Command {
    Awaits awaits;
    std::size_t recipient = 0;
    std::string line;
  };
  struct Transaction {
    Outgoing message;
    std::vector<std::optional<Reply>> outcomes;
    std::optional<Reply> failure;  // of the whole message
    std::vector<std::size_t> accepted;
    std::size_t answers = 0;  // LMTP: of those accepted
    bool chunked = false;
    bool wants_content = false;
    bool given_up = false;  // RSET is on its way
    frame::DotEncoder dot;
    frame::TextWriter text;

    Transaction() {}  // NOLINT(modernize-use-equals-default): clang needs the body to use it inside the class
  };
  struct Flags {
    bool tls = false;
    bool upgrading = false;
    bool ready = false;
    bool input_ended = false;
    bool closed = false;
    bool quitting = false;
  };

  void plan(Awaits awaits, std::string line, std::size_t recipient = 0);
  void write_planned();
  void on_reply(const ServerReply& reply);
  void handle(const Command& command, const ServerReply& reply);
  void on_greeting(const Reply& reply);
  void on_hello(const ServerReply& reply);
  void on_old_hello(const Reply& reply);
  void on_starttls(const Reply& reply);
  void on_login(const Reply& reply);
  void on_mail(const Reply& reply);
  void on_rcpt(std::size_t recipient, const Reply& reply);
  void on_data(const Reply& reply);
  void on_content(const Reply& reply);
  void say_hello();
  void after_hello();
  void begin_login();
  void become_ready();
  void begin_content();
  [[nodiscard]] std::string mail_line() const;
  [[nodiscard]] std::string rcpt_line(std::size_t recipient) const;
  void plan_transaction();
  void finish_transaction();
  [[nodiscard]] std::optional<Reply> refused_here(const Outgoing& message) const;
  void refuse(Refused::Stage stage, const Reply& reply);
  void violate(View note);
  void lose(const Reply& why);

  ClientOptions options_;
  Capabilities capabilities_;
  Buffer input_;
  Buffer output_;
  ReplyReader reader_;
  std::deque<Command> planned_;  // not yet written
  std::deque<Command> awaited_;  // written, reply to come
  std::deque<ClientEvent> events_;
  std::optional<Transaction> transaction_;
  std::unique_ptr<sasl::ClientExchange> exchange_;
  std::string binding_;
  std::optional<TimePoint> waiting_since_;
  Flags flags_;
};

}  // namespace posthorn::smtp
