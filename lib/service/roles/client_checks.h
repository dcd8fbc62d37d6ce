// The checks of one client of the MX, while its session goes on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "posthorn/protocol/dnsbl/check.h"
#include "posthorn/service/admission/client_checks.h"
#include "posthorn/service/inquiry.h"
#include "posthorn/service/roles/mx_checks.h"

namespace posthorn::roles {

class ClientChecks {
 public:
  /// @param checks  null: nothing is checked @lifetime it outlives the object
  explicit ClientChecks(MxChecks* checks) : checks_(checks) {}
  ~ClientChecks();
  ClientChecks(const ClientChecks&) = delete;
  ClientChecks& operator=(const ClientChecks&) = delete;

  /// A connection begins, or a proxy has told who is behind it. @returns false: it has too many
  bool connected(View address, TimePoint now);
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }
  /// A message begins. @returns false: it has sent too many
  bool begin(View helo, View sender, TimePoint now);
  /// It asks for what costs us as much as a message. @returns false: it has sent and asked too many
  bool asks(TimePoint now);
  /// Whether judge() can say all that it will; wake() is called when it can.
  [[nodiscard]] bool ready(TimePoint now) const;
  /// When ready() will be true at the latest.
  [[nodiscard]] std::optional<TimePoint> deadline() const { return until_; }
  /// What is answered to RCPT; nullopt: nothing is wrong. May block.
  [[nodiscard]] std::optional<admission::Refusal> judge(View recipient) const;

 private:
  void close();
  void begin(Inquiry& inquiry, TimePoint now);

  MxChecks* checks_;
  std::optional<IpAddress> address_;  // of a client that is checked
  std::function<void()> wake_;
  std::string sender_;
  admission::Client client_;
  std::optional<Inquiry> listing_;  // of the connection
  Inquiry::Part<dnsbl::Check> lists_;
  std::optional<Inquiry> naming_;  // of the message
  Inquiry::Part<dns::Evaluation<admission::ClientVerdict>> names_;
  std::optional<TimePoint> until_;
};

}  // namespace posthorn::roles
