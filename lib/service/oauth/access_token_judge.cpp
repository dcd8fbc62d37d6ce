#include "posthorn/service/oauth/access_token_judge.h"

#include <utility>

#include "posthorn/grammar/char_set.h"

#include "service/oauth/claims.h"
#include "service/oauth/json.h"
#include "service/oauth/key_set.h"
#include "service/oauth/signed_token.h"

namespace posthorn::oauth {

AccessTokenJudge::AccessTokenJudge(Rules rules, KeySource source)
    : rules_(std::move(rules)), source_(std::move(source)) {}
AccessTokenJudge::~AccessTokenJudge() = default;

Result<std::unique_ptr<AccessTokenJudge>> AccessTokenJudge::make(Rules rules, KeySource source, WallTime now) {
  auto made = std::make_unique<AccessTokenJudge>(std::move(rules), std::move(source));
  if (const Result<void> read = made->reload(now); !read) return fail(read.error());
  return made;
}

Result<void> AccessTokenJudge::reload(WallTime now) {
  const std::lock_guard lock(mutex_);
  return read(now);
}

std::shared_ptr<const KeySet> AccessTokenJudge::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

Result<void> AccessTokenJudge::read(WallTime now) {
  read_at_ = now;
  Result<std::string> text = source_.read();
  if (text && keys_ && *text == text_) return {};
  Result<KeySet> set = text ? KeySet::parse(*text) : fail(text.error());
  if (!set) {
    set.error().note = source_.name + ": " + set.error().note;
    return fail(std::move(set.error()));
  }
  keys_ = std::make_shared<const KeySet>(std::move(*set));
  text_ = std::move(*text);
  return {};
}

/// The keys, where they are other ones than `seen`; null: there are no newer ones.
std::shared_ptr<const KeySet> AccessTokenJudge::newer_than(const std::shared_ptr<const KeySet>& seen, WallTime now) {
  const std::lock_guard lock(mutex_);
  if (keys_ != seen) return keys_;
  // A clock that was set back must not stop it.
  if (now >= read_at_ && now - read_at_ < kRereadPause) return nullptr;
  const Result<void> done = read(now);
  if (!done && source_.failed) source_.failed(done.error().note);
  return keys_ != seen ? keys_ : nullptr;
}

sasl::TokenRefusal AccessTokenJudge::refuse(Error error, View status) const {
  return {std::move(error), own(status), rules_.scope, rules_.configuration};
}

sasl::TokenVerdict AccessTokenJudge::judge(const sasl::BearerToken& token, WallTime now) {
  constexpr View kInvalid = "invalid_token";  // RFC 6750 section 3.1
  const auto read = parse_token(token.token.reveal());
  if (!read) return refuse(read.error(), kInvalid);
  if (!rules_.type.empty() && !same_word(read->type, rules_.type))
    return refuse(peer_error(Code::denied, "token: of another type"), kInvalid);
  const auto known = keys();
  KeySet::Finding finding = known->verify(*read);
  if (finding == KeySet::Finding::unknown) {
    if (const auto newer = newer_than(known, now)) finding = newer->verify(*read);
  }
  if (finding != KeySet::Finding::verified) {
    return refuse(peer_error(Code::denied, finding == KeySet::Finding::unknown ? "token: signed with no key of the set"
                                                                               : "token: the signature is wrong"),
                  kInvalid);
  }
  const auto claims = Json::parse_object(read->payload);
  if (!claims) return refuse(peer_error(Code::denied, "token: the claims are no object of JSON"), kInvalid);
  Result<std::string> address = check_claims(*claims, rules_, now);
  if (!address) return refuse(std::move(address.error()), kInvalid);
  if (!has_scope(*claims, rules_.scope))
    return refuse(peer_error(Code::denied, "token: without the scope"), "insufficient_scope");
  return std::move(*address);
}

}  // namespace posthorn::oauth
