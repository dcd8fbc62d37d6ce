// The IMAP server session over fakes, as a Conversation: for transcripts, wires and fuzzers.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "posthorn/protocol/imap/server_session.h"
#include "posthorn/protocol/session.h"
#include "posthorn/testing/fake_mailboxes.h"
#include "posthorn/testing/fake_verifier.h"
#include "posthorn/testing/fakes.h"

namespace posthorn::testing {

/// One connection. Everybody in the verifier has the same account.
class ImapServer : public Conversation, private imap::Gate {
 public:
  /// @lifetime borrows account, verifier and clock
  ImapServer(FakeAccount& account, FakeVerifier& verifier, const Clock& clock, imap::ServerOptions options);

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  [[nodiscard]] Wants next(TimePoint now) override { return wants(session_.next(now)); }
  void work(TimePoint now) override { session_.work(now, clock_.wall()); }
  [[nodiscard]] View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override { return session_.deadline(); }
  void upgraded(const TlsFacts& facts) override { session_.upgraded(facts); }
  void stop() override { session_.stop(); }
  void set_wake(std::function<void()>) override {}

  /// How long refused logins are held back; 0 at first.
  void set_delay(Duration delay) { delay_ = delay; }
  /// What is judged beside passwords; nothing at first.
  void accept(sasl::Accepted accepted) { accepted_ = accepted; }
  [[nodiscard]] const imap::ServerSession& session() const { return session_; }

 private:
  Result<std::unique_ptr<sasl::ServerExchange>> exchange(const sasl::MechanismSpec& mechanism) override;
  Result<std::string> check_password(View login, const Secret& password) override;
  Result<std::unique_ptr<imap::Mailboxes>> open(View login) override;
  Duration refused() override { return delay_; }
  [[nodiscard]] sasl::Accepted accepted() const override { return accepted_; }

  FakeAccount& account_;
  FakeVerifier& verifier_;
  const Clock& clock_;
  SeededRandom random_{1};
  Duration delay_{0};
  sasl::Accepted accepted_;
  imap::ServerSession session_;
};

}  // namespace posthorn::testing
