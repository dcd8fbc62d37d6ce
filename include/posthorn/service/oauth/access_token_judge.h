// Access tokens of an authorization server that are JSON Web Tokens (RFC 9068, RFC 7519), judged with the keys that it
// publishes (RFC 7517). Nothing is asked of the authorization server: a token that is taken back stays good until it
// expires.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/service/roles/role.h"

namespace posthorn::oauth {

class KeySet;

/// Octets of a token; as much as a line of a SASL exchange carries in base64 (RFC 4954 section 4).
inline constexpr std::size_t kMaxTokenOctets = 8192;
/// Octets and keys of a key set.
inline constexpr std::size_t kMaxKeySetOctets = std::size_t{256} << 10U;
inline constexpr std::size_t kMaxKeys = 64;
/// How long a key set that was read for an unknown key is not read again, whatever tokens come.
inline constexpr std::chrono::seconds kRereadPause{10};

/// What a token must say.
struct Rules {
  std::string issuer;               ///< "iss", octet for octet
  std::string audience;             ///< "aud" is this or contains it
  std::string claim = "sub";        ///< the claim that is the address of a mailbox
  std::string scope;                ///< words that "scope" must contain, with spaces between; empty: none
  std::string type = "at+jwt";      ///< "typ" of the header (RFC 9068 section 2.1); empty: whatever it is
  std::string configuration;        ///< URL of the OpenID configuration, told to whom is refused; may be empty
  std::chrono::seconds leeway{60};  ///< by which clocks may differ (RFC 7519 section 4.1.4)
};

/// Where the key set is.
struct KeySource {
  std::string name;  ///< for errors
  /// The text of the set now; may block. Called by one thread at a time.
  std::move_only_function<Result<std::string>()> read;
  /// Told why a set could not be read again while serving; may be empty.
  std::move_only_function<void(View note)> failed;
};

/// Lets in who brings a token that verifies and says what the rules want. A token whose key is unknown has the set read
/// again, once in kRereadPause: keys are rotated without a signal. A set that cannot be read leaves the old one.
class AccessTokenJudge final : public roles::TokenJudge {
 public:
  /// Reads the set. @errors those of the source; syntax: it is no key set, or has no key for us
  [[nodiscard]] static Result<std::unique_ptr<AccessTokenJudge>> make(Rules rules, KeySource source, WallTime now);
  /// For make().
  AccessTokenJudge(Rules rules, KeySource source);
  ~AccessTokenJudge() override;

  [[nodiscard]] sasl::TokenVerdict judge(const sasl::BearerToken& token, WallTime now) override;
  /// Reads the set now. @errors as make(); the old set stays
  [[nodiscard]] Result<void> reload(WallTime now);

 private:
  [[nodiscard]] std::shared_ptr<const KeySet> keys() const;
  [[nodiscard]] std::shared_ptr<const KeySet> newer_than(const std::shared_ptr<const KeySet>& seen, WallTime now);
  [[nodiscard]] Result<void> read(WallTime now);
  [[nodiscard]] sasl::TokenRefusal refuse(Error error, View status) const;

  const Rules rules_;
  mutable std::mutex mutex_;  // guards what follows
  KeySource source_;
  std::shared_ptr<const KeySet> keys_;
  std::string text_;  // that keys_ were read from
  WallTime read_at_;
};

}  // namespace posthorn::oauth
