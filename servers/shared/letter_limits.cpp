#include "shared/letter_limits.h"

#include <fmt/core.h>

#include "posthorn/grammar/mail/domain.h"

namespace posthorn::servers {

namespace {

/// What the owner's own doings cause is his mail, whatever a script makes of it.
limits::Kind kind_of(const delivery::Letter& letter) {
  if (letter.by_owner) return limits::Kind::submitted;
  return letter.passed_on ? limits::Kind::redirected : limits::Kind::vacation;
}

}  // namespace

Result<bool> LetterLimits::may_send(const directory::Account& account, const delivery::Letter& letter) const {
  // A freeze stands in the row of what he submits alone: check_recipient() does not find it for mail of other kinds.
  const auto frozen = limiter_.frozen(account.id);
  if (!frozen) return fail(frozen.error());
  if (*frozen) {
    say_(fmt::format("sieve of {}: not sent to {}: the account is frozen", account.address, letter.to));
    return false;
  }
  limits::Message counted{.who = {.account = account.id,
                                  .domain = own(mail::domain_of(account.address)),
                                  .sender = account.address,
                                  .kind = kind_of(letter)},
                          .recipients = {}};
  auto answer = limiter_.check_recipient(counted, letter.to);
  if (answer && answer->verdict == limits::Verdict::allowed) answer = limiter_.admit(counted);
  if (!answer) return fail(answer.error());
  if (answer->froze) freeze_(account.address);
  if (answer->verdict == limits::Verdict::allowed) return true;
  say_(fmt::format("sieve of {}: not sent to {}: too many {} in a while", account.address, letter.to,
                   letter.passed_on ? "redirected messages" : "answers"));
  return false;
}

}  // namespace posthorn::servers
