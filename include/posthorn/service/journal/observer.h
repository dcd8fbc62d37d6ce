// What happens, told to whoever wants to know; nothing below the servers formats it for people.
#pragma once

#include <cstdint>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::journal {

enum class Happening : std::uint8_t {
  connected, disconnected, tls_started, login_ok, login_failed, message_accepted, message_refused, recipient_refused,
  violation, limit_reached, store_failed, defect,
};

/// One event. Views live during the call.
struct Event {
  Happening what;
  View protocol;     ///< "smtp", "imap", "pop3", "lmtp", "managesieve"
  View remote;       ///< address of the peer
  View account;      ///< login or recipient, where known
  View detail;       ///< bounded; may hold octets of the peer: escape before printing
};

/// Called from any thread; must not block.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void happened(const Event& event) = 0;
};

/// Does nothing.
class NullObserver : public Observer {
 public:
  void happened(const Event&) override {}
};

}  // namespace posthorn::journal
