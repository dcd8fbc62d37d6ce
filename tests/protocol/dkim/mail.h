// Messages that are signed and verified with the zone of a test.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/protocol/dkim/key_record.h"
#include "posthorn/protocol/dkim/signer.h"
#include "posthorn/protocol/dkim/verifier.h"
#include "posthorn/testing/zone_resolver.h"

#include "protocol/dnsbl/drive.h"

namespace posthorn::dkim {

inline constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};

/// RFC 8032 section 7.1, test 1: the key of RFC 8463 appendix A.
inline crypto::PrivateKey test_key() {
  return *crypto::PrivateKey::ed25519(*codec::base64_decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="));
}
inline std::string record_line(View selector, View domain, View text) {
  return zone_text(own(selector) + "._domainkey." + own(domain), text) + "\n";
}
inline std::string test_zone() {
  return record_line("sel", "example.org", KeyRecord::of(test_key().public_key()).format());
}
inline Signing test_signing() { return {.domain = "example.org", .selector = "sel", .key = test_key()}; }

inline constexpr View kMessage =
    "From: Joe <joe@example.org>\r\n"
    "To: Suzie <suzie@example.net>\r\n"
    "Subject: Is dinner\r\n ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n"
    "Message-ID: <1@example.org>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost  the game. \r\n"
    "\r\n";

inline std::string signed_by(const std::vector<Signing>& signings, View message = kMessage, WallTime now = kNow) {
  auto signer = Signer::make(signings);
  if (!signer) return "no signer: " + signer.error().note;
  signer->append(message);
  auto fields = signer->finish(now);
  return fields ? *fields + own(message) : "no signature: " + fields.error().note;
}

inline Verdict verify(View message, testing::ZoneResolver& dns, WallTime now = kNow, VerifierOptions options = {}) {
  Verifier verifier(options);
  verifier.append(message);
  verifier.finish(now);
  return testing::drive(verifier, dns);
}
inline Verdict verify(View message, View zone, WallTime now = kNow, VerifierOptions options = {}) {
  testing::ZoneResolver dns(zone);
  return verify(message, dns, now, options);
}

/// `text` with the first `what` replaced.
inline std::string changed(std::string text, View what, View by) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? "no " + own(what) : text.replace(at, what.size(), by);
}

}  // namespace posthorn::dkim
