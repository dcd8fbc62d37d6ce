// Who really sent one message: found out while it comes in.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/service/delivery/delivery.h"
#include "posthorn/service/inquiry.h"
#include "posthorn/service/roles/authentication.h"

namespace posthorn::roles {

/// Idle until begin(), and where there is nothing to find out.
class MessageJudge {
 public:
  /// A message begins, from a client that is not logged in. @lifetime `shared` outlives the object
  /// @returns whether it is judged
  bool begin(Authentication& shared, View remote, View hello, View sender, WallTime now);
  [[nodiscard]] bool active() const { return inquiry_ != nullptr; }
  /// The next octets of the message.
  void append(View octets);
  /// The message is whole: asks what is left to ask. `wake` is called when ready() is, on any thread.
  void finish(WallTime wall, TimePoint now, std::function<void()> wake);
  /// Whether conclude() can say all that it will.
  [[nodiscard]] bool ready(TimePoint now) const { return inquiry_->done() || now >= until_; }
  /// When ready() will be true at the latest.
  [[nodiscard]] TimePoint deadline() const { return until_; }

  struct Conclusion {
    delivery::Findings findings;
    bool refuse = false;  ///< all recipients' domains follow a policy of reject
  };
  /// @param recipients  how far the domain of each goes along with policies
  [[nodiscard]] Conclusion conclude(const std::vector<directory::Enforcement>& recipients) const;

 private:
  Authentication* shared_ = nullptr;
  authentication::Client client_;
  std::unique_ptr<Inquiry> inquiry_;
  Inquiry::Part<authentication::MessageCheck> check_;
  TimePoint until_{};
};

/// The header without Authentication-Results fields that claim to come from this host (RFC 8601 section 5).
[[nodiscard]] std::string without_own_results(View header, View host_name);

}  // namespace posthorn::roles
