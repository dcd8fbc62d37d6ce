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

}  // namespace posthorn::testing
