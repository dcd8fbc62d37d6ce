// One login of one connection, for all roles: which mechanisms are offered, the exchange, and the guard around it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/protocol/sasl/mechanism.h"
#include "posthorn/service/roles/role.h"

namespace posthorn::roles {

/// The network that failures of a peer are counted for: an IPv6 address without its last 64 bits, since one customer
/// has all of those; anything else as it is.
[[nodiscard]] std::string network_of(View address);

/// Owns the exchange that is running. Every attempt is asked for and counted with the guard.
class Login : private sasl::Verifier {
 public:
  /// @param reads_mail  whoever logs in gets at one mailbox and no further: only there may somebody without a name
  /// @lifetime borrows `services` and `connection`
  Login(const Services& services, const Connection& connection, bool reads_mail = false);
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;
  ~Login() override = default;

  /// TLS stands: passwords may be sent and channels be bound.
  void upgraded(const TlsFacts& facts);
  /// The names of the mechanisms that may be used now, best first, with spaces between; empty: none.
  [[nodiscard]] std::string offered() const;
  /// What is judged beside passwords.
  [[nodiscard]] sasl::Accepted accepted() const;

  /// Begins an exchange. @returns false when the mechanism is not offered
  bool begin(View mechanism);
  /// One step; may block. After Success or Error the exchange is over.
  /// @param response  decoded; nullopt when the client sent no initial response
  [[nodiscard]] sasl::Step step(std::optional<View> response, TimePoint now);
  /// A login with a plain password, without a mechanism (POP3's PASS, IMAP's LOGIN); may block.
  /// @returns the login name
  [[nodiscard]] Result<std::string> check(View login, const Secret& password, TimePoint now);
  /// How long the answer to the last failure is to be held back.
  [[nodiscard]] Duration delay() const { return delay_; }
  /// What the last login that was right opened; asked for once. Whoever needs no keys lets them go here.
  [[nodiscard]] directory::Admission take_admission() { return std::exchange(admission_, {}); }
  /// Gives the exchange up.
  void cancel() { exchange_.reset(); }
  /// Whom the last attempt claimed to be; for the observer only.
  [[nodiscard]] View claimed() const { return claimed_; }

 private:
  Result<std::string> check_password(View authorize, View login, const Secret& password) override;
  Result<sasl::ScramKeys> scram_keys(View login) override;
  Result<std::string> authorize(View authorize, View login, const Secret& client_key) override;
  [[nodiscard]] sasl::TokenVerdict check_token(const sasl::BearerToken& token) override;
  Result<std::string> check_certificate(View authorize) override;
  Result<std::string> check_anonymous(View trace) override;
  Result<std::string> keep(Result<directory::Admission> admission);
  bool admit(View login);
  void judge(const Error* error, View login);

  const Services& services_;
  const bool anonymous_;  // ANONYMOUS is offered
  bool clear_;
  bool tls_ = false;
  bool admitted_ = true;
  std::string source_;
  std::string binding_;
  std::vector<std::string> certified_;  // addresses in the client's certificate
  std::string claimed_;
  Duration delay_{};
  TimePoint now_;
  std::unique_ptr<sasl::ServerExchange> exchange_;
  directory::Admission admission_;
};

/// What a user must be told of mail that this login does not open; empty: nothing.
[[nodiscard]] std::string locked_notice(const directory::Admission& admission);

}  // namespace posthorn::roles
