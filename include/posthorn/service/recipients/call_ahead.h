// One connection to a primary that asks whether it takes mail for a recipient, and sends none.
//
// A Conversation: MAIL with the null sender, as a report would have it, RCPT, RSET, QUIT (RFC 5321).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "posthorn/grammar/mail/address.h"
#include "posthorn/protocol/session.h"
#include "posthorn/protocol/smtp/client_session.h"
#include "posthorn/service/recipients/cache.h"

namespace posthorn::recipients {

struct CallAheadOptions {
  std::string host_name;  ///< for EHLO
  std::string remote;     ///< the host, for operators
  smtp::TlsPolicy tls = smtp::TlsPolicy::opportunistic;
  /// From the connection to the answer. Longer than who needs it waits: a host that lets clients wait for their
  /// greeting is known at the next time.
  Duration patience = std::chrono::minutes(1);
  smtp::ClientLimits limits;
};

/// What an answer to RCPT says of the recipient. Of 5yz replies those below 550 are about commands and parameters (RFC
/// 5321 section 4.2.2), and 552 is about a mailbox without room or too many recipients (section 4.5.3.1.10), which
/// pass.
[[nodiscard]] Answer answer_of(const smtp::Reply& reply);

class CallAhead final : public Conversation {
 public:
  CallAhead(mail::Mailbox recipient, CallAheadOptions options, TimePoint now);

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  [[nodiscard]] Wants next(TimePoint now) override;
  void work(TimePoint) override {}
  [[nodiscard]] View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override;
  void upgraded(const TlsFacts& facts) override { session_.upgraded(facts); }
  void stop() override { given_up_ = true; }
  void set_wake(std::function<void()>) override {}

  /// no_answer: the recipient was never asked for, and another host of the domain may be.
  [[nodiscard]] Answer answer() const { return answer_; }
  /// Why there is none; empty: nobody said.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  using Next = std::optional<Wants>;
  Next on(NeedInput&) { return Wants::input; }
  Next on(smtp::Ready&);
  Next on(smtp::StartTls&) { return Wants::upgrade; }
  Next on(smtp::RecipientResult& event);
  Next on(smtp::WantContent&) { return Wants::close; }
  Next on(smtp::Finished& event);
  Next on(smtp::Refused& event);
  Next on(Violation& event);
  Next on(Closed&) { return Wants::close; }

  mail::Mailbox recipient_;
  const CallAheadOptions options_;
  smtp::ClientSession session_;
  const TimePoint until_;
  Answer answer_ = Answer::no_answer;
  std::string trouble_;
  bool given_up_ = false;
};

}  // namespace posthorn::recipients
