// A host of an IMAP client session for tests: hears, tells what it heard, gives contents when they are asked for.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "posthorn/protocol/imap/client_session.h"

#include "protocol/imap/told.h"

namespace posthorn::testing {

struct ImapClientHost {
  explicit ImapClientHost(imap::ClientLimits limits = {}) : session({}, limits) {}

  imap::ClientSession session;
  std::string content;     // what WantContent gets, from the front
  std::size_t piece = 10;  // octets for each WantContent
  std::string heard;       // all events
  std::size_t peak = 0;    // most octets that waited to be sent
  bool closed = false;
  bool wants_tls = false;

  /// Runs until nothing more happens. @returns what it says
  std::string run(TimePoint now = {}) {
    std::string out;
    for (;;) {
      imap::ClientEvent event = session.next(now);
      heard += tell(event);
      if (std::holds_alternative<imap::WantContent>(event)) {
        session.content(View(content).substr(0, piece));
        content.erase(0, std::min(piece, content.size()));
      }
      const std::size_t octets = session.transmit().size();
      peak = std::max(peak, octets);
      out += session.transmit();
      session.transmitted(octets);
      closed = std::holds_alternative<Closed>(event);
      const bool tls = std::holds_alternative<imap::StartTls>(event);
      wants_tls = wants_tls || tls;
      if (closed || tls || std::holds_alternative<Violation>(event)) return out;
      // Room in the output may be what it waits for.
      if (std::holds_alternative<NeedInput>(event) && octets == 0) return out;
    }
  }
  std::string hear(View octets, TimePoint now = {}) {
    session.receive(octets);
    return run(now);
  }
  std::string take_heard() { return std::exchange(heard, {}); }
};

}  // namespace posthorn::testing
