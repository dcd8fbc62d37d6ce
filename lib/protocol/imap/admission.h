// How LOGIN and AUTHENTICATE end: mailboxes opened, or a refusal that is held back for as long as the host says.
#pragma once

#include <optional>

#include "posthorn/bytes/error.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap {

class Admission : public Execution {
 public:
  explicit Admission(State& state) : state_(state) {}
  Progress step(Responder& responder) final;

 protected:
  /// Tries, or goes on trying, to verify the client; ends with admit() or refuse().
  virtual Progress attempt(Responder& responder) = 0;
  /// Opens the mailboxes of somebody whose credentials were right.
  Progress admit(View login, Responder& responder);
  /// Tells the same of every wrong credential, and not at once.
  Progress refuse(const Error& error, Responder& responder);
  [[nodiscard]] State& state() { return state_; }

 private:
  State& state_;
  std::optional<Error> refusal_;  // held back
};

}  // namespace posthorn::imap
