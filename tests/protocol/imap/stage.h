// A FakeAccount, a verifier and a server for one test.
#pragma once

#include <memory>
#include <string>

#include "posthorn/testing/imap_server.h"

namespace posthorn::testing {

/// "ann" with the password "secret word"; INBOX holds three messages, the first one seen.
struct ImapStage {
  explicit ImapStage(imap::Limits limits = {}, bool starttls = false, Duration delay = Duration(0))
      : server(account, verifier, clock, {"host.example", starttls, !starttls, limits}) {
    account.add("INBOX", "Subject: one\r\n\r\nfirst\r\n", {1, {}});
    account.add("INBOX", "Subject: two\r\n\r\nsecond\r\n");
    account.add("INBOX", "Subject: three\r\n\r\nthird\r\n");
    server.set_delay(delay);
  }

  FakeClock clock;
  FakeVerifier verifier{{"ann", "secret word"}};
  FakeAccount account;
  ImapServer server;

  /// Sends octets and runs the server until it waits. @returns what it said
  std::string say(View octets) {
    server.receive(octets);
    return run();
  }
  std::string run() {
    std::string heard;
    for (;;) {
      last = server.next(clock.now());
      if (last == Wants::work) server.work(clock.now());
      peak = std::max(peak, server.transmit().size());
      heard += server.transmit();
      server.transmitted(server.transmit().size());
      if (last != Wants::work && last != Wants::again) return heard;
    }
  }
  void log_in() {
    run();
    say("l LOGIN ann \"secret word\"\r\n");
  }
  void select() {
    log_in();
    say("s SELECT INBOX\r\n");
  }
  Wants last = Wants::again;
  std::size_t peak = 0;  ///< most octets that waited to be sent
};

}  // namespace posthorn::testing
