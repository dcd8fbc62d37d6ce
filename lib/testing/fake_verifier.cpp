#include "posthorn/testing/fake_verifier.h"

#include "posthorn/protocol/sasl/scram_keys.h"

namespace posthorn::testing {

namespace {
Error broken() { return environment_error(Code::unavailable, "broken on purpose"); }
}  // namespace

Result<std::string> FakeVerifier::check_password(View authorize, View login, const Secret& password) {
  const std::lock_guard lock(mutex_);
  ++questions_;
  if (broken_) return fail(broken());
  const auto row = passwords_.find(own(login));
  if (row == passwords_.end() || row->second != password.reveal() || (!authorize.empty() && authorize != login)) {
    return fail(peer_error(Code::denied));
  }
  return own(login);
}

Result<sasl::ScramKeys> FakeVerifier::scram_keys(View login) {
  const std::lock_guard lock(mutex_);
  ++questions_;
  if (broken_) return fail(broken());
  const auto row = passwords_.find(own(login));
  if (row == passwords_.end()) {
    return sasl::decoy_scram_keys(Secret(View("a seed for tests")), login, sasl::kMinIterations);
  }
  return sasl::make_scram_keys(Secret(View(row->second)), "salt of the tests", sasl::kMinIterations);
}

Result<std::string> FakeVerifier::authorize(View authorize, View login, const Secret&) {
  const std::lock_guard lock(mutex_);
  if (broken_) return fail(broken());
  if (!passwords_.contains(own(login)) || (!authorize.empty() && authorize != login)) {
    return fail(peer_error(Code::denied));
  }
  return own(login);
}

sasl::TokenVerdict FakeVerifier::check_token(const sasl::BearerToken& token) {
  const std::lock_guard lock(mutex_);
  ++questions_;
  if (broken_) return sasl::TokenRefusal{broken(), {}, {}, {}};
  for (const auto& [login, password] : passwords_) {
    const bool meant = token.authorize.empty() || token.authorize == login;
    if (meant && password == token.token.reveal()) return login;
  }
  return sasl::TokenRefusal{peer_error(Code::denied), "invalid_token", "mail", "https://host.example/.well-known"};
}

Result<std::string> FakeVerifier::check_certificate(View authorize) {
  const std::lock_guard lock(mutex_);
  ++questions_;
  if (broken_) return fail(broken());
  const bool meant = !certificate.empty() && (authorize.empty() || authorize == certificate);
  if (!meant) return fail(peer_error(Code::denied));
  return certificate;
}

Result<std::string> FakeVerifier::check_anonymous(View /*trace*/) {
  const std::lock_guard lock(mutex_);
  if (broken_) return fail(broken());
  if (anonymous.empty()) return fail(peer_error(Code::denied));
  return anonymous;
}

}  // namespace posthorn::testing
