// The SMTP and LMTP role: what one connection knows. smtp_role.cpp drives it and logs in, smtp_transaction.cpp takes
// mail.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/grammar/mail/srs.h"
#include "posthorn/protocol/smtp/server_session.h"
#include "posthorn/service/limits/limiter.h"
#include "posthorn/service/limits/signals.h"
#include "posthorn/service/recipients/judge.h"
#include "posthorn/service/roles/smtp_role.h"

#include "service/roles/client_checks.h"
#include "service/roles/login.h"
#include "service/roles/message_judge.h"

namespace posthorn::roles {

/// An account of the present message that has a limit.
struct Limited {
  directory::AccountId account;
  mailbox::Quota quota;
};

/// The transaction so far.
struct SmtpMessage {
  delivery::Envelope envelope;
  std::uint64_t declared = 0;  ///< octets that MAIL announced; 0: nothing
  std::vector<Limited> limited;
  limits::Message counted;       ///< of a login, where there is a limiter
  limits::HeaderSigns signs;     ///< of its header, as far as it came at once
  limits::ShingleDigest digest;  ///< of its text
  std::string content;           ///< not yet taken by `transaction`
  std::unique_ptr<delivery::Transaction> transaction;
  std::vector<directory::Enforcement> follows;  ///< how far the domain of each recipient goes along with DMARC
  std::unique_ptr<MessageJudge> judge;          ///< null: nothing is found out about its sender
  std::optional<Error> failure;                 ///< said when the message is whole
  bool held = false;                            ///< rests until an operator has seen it
};

/// What a worker has to do.
struct SmtpAsked {
  std::optional<smtp::Mail> sender;
  std::vector<smtp::Rcpt> recipients;
  bool content = false;
  std::optional<smtp::BodyEnd> end;
  struct Exchange {
    Ticket ticket;
    std::optional<std::string> response;
  };
  std::optional<Exchange> exchange;
  struct Flush {
    Ticket ticket;
    std::string node;
  };
  std::optional<Flush> flush;

  [[nodiscard]] bool any() const { return sender || !recipients.empty() || content || end || exchange || flush; }
};

class SmtpRole final : public Conversation {
 public:
  SmtpRole(const Services& services, Connection connection, const SmtpOptions& options);

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  [[nodiscard]] Wants next(TimePoint now) override;
  void work(TimePoint now) override;
  [[nodiscard]] View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override;
  void upgraded(const TlsFacts& facts) override;
  void stop() override { session_.stop(); }
  void set_wake(std::function<void()> wake) override {
    wake_ = wake;
    checks_.set_wake(std::move(wake));
  }

 private:
  /// A refusal that is held back.
  struct Held {
    Ticket ticket;
    smtp::Reply reply;
    TimePoint until;
  };
  // Each answers one event; nullopt: go on with the next.
  using Next = std::optional<Wants>;
  Next on(smtp::Hello& event);
  Next on(smtp::Mail& event);
  Next on(smtp::Rcpt& event);
  Next on(smtp::Body& event);
  Next on(smtp::BodyEnd& event);
  Next on(smtp::Reset& event);
  Next on(smtp::Auth& event);
  Next on(smtp::AuthResponse& event);
  Next on(smtp::AuthCancelled& event);
  Next on(smtp::Upgrade& event);
  Next on(smtp::Etrn& event);
  Next on(smtp::Xclient& event);
  Next on(smtp::TalkedEarly&);
  Next on(Violation& event);
  Next on(NeedInput&);
  Next on(Closed&) { return Wants::close; }

  void begin_message(smtp::Mail& event);
  void judge_sender(smtp::Mail event);
  [[nodiscard]] Result<void> may_send_as(const std::string& address);
  void resolve(std::vector<smtp::Rcpt> recipients);
  /// @param address  becomes the address that the mail goes to, where it is a rewritten one
  [[nodiscard]] Result<directory::Resolution> resolve_one(std::string& address);
  [[nodiscard]] Result<directory::Resolution> find(std::string& address);
  [[nodiscard]] std::optional<smtp::Reply> ask_primaries(const std::string& address, directory::Resolution& found);
  [[nodiscard]] std::optional<smtp::Reply> over_limit(const std::string& address);
  [[nodiscard]] std::optional<smtp::Reply> refusal_of(const Result<limits::Answer>& answer, smtp::Topic topic);
  [[nodiscard]] std::string weigh(const SmtpMessage& message);
  void react(SmtpMessage& message, std::string reasons);
  [[nodiscard]] std::optional<smtp::Reply> take_room(SmtpMessage& message);
  [[nodiscard]] smtp::Reply refused_recipient(const Error& error) const;
  [[nodiscard]] Result<delivery::Examined> examine(View header);
  void take_content();
  void prepare_examination();
  /// Whether what is waited for is there.
  [[nodiscard]] bool may_go_on(TimePoint now);
  /// The message is whole; its end waits for what is found out about its sender.
  void judge(smtp::BodyEnd end);
  /// What a message that may not pass is answered; nullopt: it passes.
  [[nodiscard]] static std::optional<smtp::Said> refused(SmtpMessage& message);
  void finish(smtp::BodyEnd end);
  [[nodiscard]] Result<void> has_room(const Limited& limited, std::uint64_t octets);
  void answer(smtp::BodyEnd end, const std::vector<Result<void>>& results, const SmtpMessage& message);
  void flush(SmtpAsked::Flush request);
  void step(SmtpAsked::Exchange exchange, TimePoint now);
  void admit(Ticket ticket, std::string login);
  [[nodiscard]] delivery::Origin origin() const;
  void offer();
  void tell(journal::Happening what, View account, View detail);

  const Services services_;
  Connection connection_;
  const SmtpOptions options_;
  Login login_;
  smtp::ServerSession session_;
  ClientChecks checks_;
  SmtpMessage message_;
  SmtpAsked asked_;
  std::optional<Held> held_;
  bool waiting_ = false;                 // for checks with recipients asked for, or for the judge with judged_
  std::optional<smtp::BodyEnd> judged_;  // the end of a message whose judge has been told that it is whole
  std::function<void()> wake_;
  std::string hello_;
  std::string tls_;                    // version and cipher, for Received
  std::string account_;                // the login; empty: nobody
  std::optional<std::string> proven_;  // a login whose client still has to take the server's proof
};

}  // namespace posthorn::roles
