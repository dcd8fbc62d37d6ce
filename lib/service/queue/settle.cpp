#include "service/queue/settle.h"

#include <algorithm>

namespace posthorn::queue {

namespace {

constexpr std::size_t kMaxSaid = 1000;  // octets of a reply that are kept
/// What an attempt may take that must be over at the end.
constexpr std::chrono::seconds kBeforeEnd(60);

/// RFC 3461 section 4.1: without NOTIFY failures are reported.
bool wants_failure(const Message& message, const Recipient& recipient) {
  return !message.sender.empty() && (!recipient.notify.given || recipient.notify.failure);
}

bool wants_delay(const Message& message, const Recipient& recipient) {
  return !message.sender.empty() && (!recipient.notify.given || recipient.notify.delay);
}

bool is_done(const Outcome& outcome) {
  return outcome.kind != Outcome::Kind::deferred && outcome.kind != Outcome::Kind::untried;
}

Ending ending_of(Outcome::Kind done) {
  if (done == Outcome::Kind::unkept) return Ending::unkept;
  return done == Outcome::Kind::stored ? Ending::stored : Ending::relayed;
}

/// RFC 3461 section 5.2.2: who passes a message on without promising reports makes the last one himself.
void add_success(const Message& message, const Recipient& recipient, const Outcome& outcome, Settlement& out) {
  if (message.sender.empty() || !recipient.notify.success || outcome.passed_on) return;
  // What a recipient does with his mail is not told.
  const auto action = outcome.kind == Outcome::Kind::relayed ? Told::Action::relayed : Told::Action::delivered;
  out.succeeded.push_back({recipient, action, outcome});
}

void fail_recipient(const Message& message, const Recipient& recipient, const Outcome& outcome, bool late, WallTime now,
                    Settlement& out) {
  const bool told = wants_failure(message, recipient);
  if (told) out.failed.push_back({recipient, Told::Action::failed, outcome});
  const Ending ending = !told ? Ending::discarded : late ? Ending::expired : Ending::bounced;
  out.ends.push_back({recipient.number, ending, now});
}

/// What was kept back begins its way then.
WallTime began(const Message& message) { return std::max(message.arrived, message.not_before); }

/// RFC 3463 section 3.5: 4.4.7 and 5.4.7 say that the time has run out.
Outcome too_late(const Outcome& last) {
  Outcome outcome = last;
  outcome.kind = Outcome::Kind::failed;
  outcome.status = "5.4.7";
  return outcome;
}

/// So that time never runs out untried. Where mail must not go after the end, a little before it.
WallTime last_attempt(const Message& message, const Policy& policy, WallTime now) {
  const WallTime end = std::max(deadline_of(message, policy), now + std::chrono::seconds(1));
  const bool before = message.return_late && message.deliver_by == end && end - kBeforeEnd > now;
  return before ? end - kBeforeEnd : end;
}

}  // namespace

std::chrono::seconds retry_after(const Policy& policy, std::uint32_t attempts) {
  std::chrono::seconds wait = policy.first_retry;
  for (std::uint32_t i = 1; i < attempts && wait < policy.last_retry; ++i) wait *= 2;
  return std::min(wait, policy.last_retry);
}

bool takes_long(const Message& message, const Policy& policy, WallTime now) {
  return policy.delay_after.count() > 0 && now >= began(message) + policy.delay_after;
}

WallTime deadline_of(const Message& message, const Policy& policy) {
  const WallTime kept = began(message) + policy.retention;
  return message.deliver_by && message.return_late ? std::min(kept, *message.deliver_by) : kept;
}

bool must_return(const Message& message, WallTime now) {
  return message.deliver_by && message.return_late && now >= *message.deliver_by;
}

Settlement settle(const Message& message, const Item& item, const std::vector<Outcome>& outcomes, const Policy& policy,
                  WallTime now) {
  Settlement out;
  Item rest = item;
  rest.recipients.clear();
  const bool late = now >= deadline_of(message, policy);
  const bool long_under_way = takes_long(message, policy, now);
  const bool overdue = message.deliver_by && !message.return_late && now >= *message.deliver_by;
  for (std::size_t i = 0; i < item.recipients.size(); ++i) {
    const Recipient& recipient = item.recipients[i];
    const Outcome& outcome = outcomes[i];
    if (outcome.kind == Outcome::Kind::failed) {
      fail_recipient(message, recipient, outcome, false, now, out);
    } else if (outcome.kind == Outcome::Kind::removed) {
      out.ends.push_back({recipient.number, Ending::removed, now});
    } else if (outcome.kind == Outcome::Kind::handed_over) {
      out.ends.push_back({recipient.number, Ending::handed_over, now});
    } else if (outcome.kind == Outcome::Kind::untried) {
      rest.recipients.push_back(recipient);
    } else if (is_done(outcome)) {
      add_success(message, recipient, outcome, out);
      out.ends.push_back({recipient.number, ending_of(outcome.kind), now});
    } else if (late) {
      fail_recipient(message, recipient, too_late(outcome), true, now, out);
    } else {
      rest.recipients.push_back(recipient);
      rest.last = outcome.said.substr(0, kMaxSaid);
      if ((long_under_way || overdue) && !item.delay_told && wants_delay(message, recipient)) {
        out.delayed.push_back({recipient, Told::Action::delayed, outcome});
      }
    }
  }
  if (rest.recipients.empty()) return out;
  rest.attempts = item.attempts + 1;  // it tells the records in the ledger apart, so also where nothing was tried
  const bool tried = std::any_of(outcomes.begin(), outcomes.end(),
                                 [](const Outcome& outcome) { return outcome.kind == Outcome::Kind::deferred; });
  if (!tried) {
    out.remaining = std::move(rest);
    return out;
  }
  rest.delay_told = item.delay_told || long_under_way || overdue;
  if (overdue) rest.by = {};
  rest.next = std::min(now + retry_after(policy, rest.attempts), last_attempt(message, policy, now));
  out.remaining = std::move(rest);
  return out;
}

}  // namespace posthorn::queue
