// The IMAP server over fake mailboxes: any split of the input gives the same answers, every answer is whole lines or
// announced literals, output stays bounded, and every connection ends when the peer does.
#include "posthorn/testing/imap_server.h"

#include <cstddef>
#include <string>

#include "posthorn/testing/transcript.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

constexpr std::size_t kMark = 4096;

imap::Limits limits() {
  imap::Limits limits;
  limits.line = 512;
  limits.literal = 300;
  limits.command = 1000;
  limits.message = 2000;
  limits.drain = 5000;
  limits.output = kMark;
  return limits;
}

struct Server {
  testing::FakeClock clock;
  testing::FakeVerifier verifier{{"ann", "secret word"}};
  testing::FakeAccount account;
  testing::ImapServer server{account, verifier, clock, {"host.example", true, true, limits()}};
  std::string heard;
  bool closed = false;

  Server() {
    account.add("INBOX", "From: a@b.example\r\nSubject: =?utf-8?q?x?=\r\n\r\nbody\r\n", {1, {"$Work"}});
    account.add("INBOX", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n");
    account.add("INBOX", "Subject: sealed\r\n\r\nbody\r\n");
    account.unopened[3] = Code::sealed;
    run();
  }
  void feed(View octets) {
    server.receive(octets);
    run();
  }
  void run() {
    for (int steps = 0;; ++steps) {
      fuzzing::check(steps < 100'000, "a session comes to rest");
      const Wants wants = server.next(clock.now());
      if (wants == Wants::work) server.work(clock.now());
      fuzzing::check(server.transmit().size() < (1U << 20U), "output waits for the peer");
      heard += server.transmit();
      server.transmitted(server.transmit().size());
      if (wants == Wants::upgrade) server.upgraded({});
      if (wants == Wants::close) closed = true;
      if (wants == Wants::input || wants == Wants::close) return;
    }
  }
};

std::string answers(View input, std::size_t chunk) {
  Server server;
  for (std::size_t at = 0; at < input.size(); at += chunk) server.feed(input.substr(at, chunk));
  server.server.receive_end();
  server.run();
  fuzzing::check(server.closed, "the connection ends when the peer does");
  fuzzing::check(server.heard.ends_with("\r\n"), "the last answer is whole");
  return server.heard;
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  // Transcripts are seeds; what they say of the server is dropped.
  const std::string octets = input.starts_with("# ") ? testing::client_octets(input) : std::string(input);
  // STARTTLS drops what came with it, so what it drops depends on the split (and must).
  const bool comparable = octets.find("TLS") == std::string::npos && octets.find("tls") == std::string::npos;
  const std::string whole = answers(octets, octets.size() + 1);
  if (!comparable) return;
  fuzzing::check(answers(octets, 1) == whole, "octet by octet gives the same answers");
  fuzzing::check(answers(octets, 7) == whole, "pieces of seven give the same answers");
}
