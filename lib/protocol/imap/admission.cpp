#include "protocol/imap/admission.h"

#include <utility>

#include "protocol/imap/commands/capability.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap {

Progress Admission::step(Responder& responder) {
  if (!refusal_) return attempt(responder);
  responder.finish(kLoginRefused);
  state_.login_failed = true;
  return Progress::done;
}

Progress Admission::admit(View login, Responder& responder) {
  auto mailboxes = state_.gate->open(login);
  if (!mailboxes) {
    responder.refuse(mailboxes.error());
    return Progress::done;
  }
  state_.mailboxes = std::move(*mailboxes);
  if (const std::string notice = state_.gate->notice(); !notice.empty()) {
    responder.untagged(Status::no, "ALERT", notice);
  }
  responder.finish(Status::ok, "CAPABILITY " + commands::capability::words(state_), "Logged in");
  return Progress::done;
}

Progress Admission::refuse(const Error& error, Responder& responder) {
  const bool wrong = error.code == Code::denied || error.code == Code::not_found;
  if (!wrong) {
    responder.refuse(error);
    state_.login_failed = true;
    return Progress::done;
  }
  refusal_ = error;
  const Duration delay = state_.gate->refused();
  if (delay <= Duration::zero()) return step(responder);
  state_.resume_at = state_.now + delay;
  return Progress::pause;
}

}  // namespace posthorn::imap
