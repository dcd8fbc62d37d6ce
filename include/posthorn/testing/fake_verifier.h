// A Verifier over a map in memory: cheap, for the tests of sessions.
#pragma once

#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::testing {

/// Knows the logins it is told; a login may act as itself only. Safe to call from many threads.
class FakeVerifier : public sasl::Verifier {
 public:
  FakeVerifier() = default;
  /// `FakeVerifier verifier{{"ann@example.org", "password"}, {"bob@example.org", "other"}};`
  FakeVerifier(std::initializer_list<std::pair<const std::string, std::string>> passwords) : passwords_(passwords) {}

  void add(std::string login, std::string password) {
    const std::lock_guard lock(mutex_);
    passwords_[std::move(login)] = std::move(password);
  }
  /// From now on every question fails with Code::unavailable.
  void break_down(bool broken = true) {
    const std::lock_guard lock(mutex_);
    broken_ = broken;
  }
  /// How often a password or a SCRAM proof was judged.
  [[nodiscard]] int questions() const {
    const std::lock_guard lock(mutex_);
    return questions_;
  }

  Result<std::string> check_password(View authorize, View login, const Secret& password) override;
  Result<sasl::ScramKeys> scram_keys(View login) override;
  Result<std::string> authorize(View authorize, View login, const Secret& client_key) override;
  /// The password of a login is its token too.
  [[nodiscard]] sasl::TokenVerdict check_token(const sasl::BearerToken& token) override;
  Result<std::string> check_certificate(View authorize) override;
  Result<std::string> check_anonymous(View trace) override;

  /// Whom the certificate of the client names; empty: it has none.
  std::string certificate;
  /// Who is nobody; empty: nobody may be.
  std::string anonymous;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> passwords_;
  bool broken_ = false;
  int questions_ = 0;
};

}  // namespace posthorn::testing
