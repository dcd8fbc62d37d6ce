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
  /// Whether conclude() can say all that it will. When patience is over the first time, SPF and DKIM are waited for no
  /// more, and DMARC gets as long: whoever sends must not switch it off by a slow DNS of his own.
  [[nodiscard]] bool ready(TimePoint now);
  /// When to ask ready() again at the latest.
  [[nodiscard]] TimePoint deadline() const { return until_; }

  struct Conclusion {
    delivery::Findings findings;
    bool refuse = false;  ///< all recipients' domains follow a policy of reject
    bool later = false;   ///< it would be refused, or perhaps would: the DNS did not answer what had to be known
  };
  /// @param recipients  how far the domain of each goes along with policies
  [[nodiscard]] Conclusion conclude(const std::vector<directory::Enforcement>& recipients);
  /// After conclude(), when it is known what became of the message: tells who hears of judgements. Not for a message
  /// that will come again, which would count twice, nor for one that was refused for something else.
  void tell() const;

 private:
  Authentication* shared_ = nullptr;
  authentication::Client client_;
  std::unique_ptr<Inquiry> inquiry_;
  Inquiry::Part<authentication::MessageCheck> check_;
  struct Judgement {
    View header;  // of the message, which does not change any more
    authentication::Results results;
    authentication::Decision decision;
    directory::Enforcement done;
  };
  std::optional<Judgement> judgement_;
  std::function<void()> wake_;
  TimePoint until_{};
  bool gave_up_ = false;
};

/// The header without Authentication-Results fields that claim to come from this host (RFC 8601 section 5).
[[nodiscard]] std::string without_own_results(View header, View host_name);

}  // namespace posthorn::roles
