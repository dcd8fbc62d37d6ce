// Verifies the DKIM signatures of a message (RFC 6376 section 6, RFC 8301, RFC 8463).
//
//     dkim::Verifier verifier;
//     while (...) verifier.append(octets);
//     verifier.finish(now);
//     while (!verifier.wanted().empty()) verifier.answer(0, ask(verifier.wanted()[0]));
//     use(verifier.verdict());
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dkim/body_hash.h"
#include "posthorn/protocol/dkim/header_buffer.h"
#include "posthorn/protocol/dkim/key_record.h"
#include "posthorn/protocol/dkim/signature.h"
#include "posthorn/protocol/dkim/signed_header.h"
#include "posthorn/protocol/dkim/verdict.h"
#include "posthorn/protocol/dns/evaluation.h"

namespace posthorn::dkim {

struct Limits {
  std::size_t signatures = 10;  ///< of a message that are looked at, from the top; each asks once at most
  std::size_t header_octets = std::size_t{1} << 20U;  ///< a longer header is not verified
  std::chrono::seconds skew{300};                     ///< how far clocks may differ: t= may lie so far ahead, x= behind
  KeyLimits keys;
};

struct VerifierOptions {
  Limits limits;
  /// A signature that leaves a part of the body unsigned (l=) is not good enough (RFC 6376 section 8.2).
  bool whole_body_only = false;
  bool trace = false;  ///< Verdict::steps are wanted
};

/// One message. The body is not kept, and hashed once for all signatures with the same canonicalization.
///
/// A signature that cannot pass asks for no key. A message with more From fields than a signature covers does not pass
/// by it (RFC 6376 section 8.15): readers may show the other one.
class Verifier : public dns::Evaluation<Verdict> {
 public:
  explicit Verifier(VerifierOptions options = {}) : options_(options), header_(options.limits.header_octets) {}
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  /// What comes next of the message: header, empty line and body, lines ended by CRLF. Any chunking gives the same.
  void append(View octets);
  /// The message is over. From now on wanted() and verdict() count.
  void finish(WallTime now);

  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t index, const dns::Answer& answer) override;
  [[nodiscard]] const Verdict& verdict() const override { return verdict_; }

 private:
  /// A signature that may pass.
  struct Candidate {
    std::size_t index;  // of verdict_.signatures
    View field;
    Signature signature;
    dns::Question question;
    std::string digest;  // of what is signed of the header
  };
  void begin_body();
  void begin_signature(const SignedHeader::Entry& entry);
  void name_apart();
  Reason check_before_key(Candidate& candidate, WallTime now);
  void conclude();
  template <class... Words>
  void say(std::size_t index, const Words&... words);

  VerifierOptions options_;
  HeaderBuffer header_;
  std::optional<SignedHeader> fields_;
  BodyHashes bodies_;
  std::vector<Candidate> candidates_;
  std::vector<dns::Question> wanted_;
  Verdict verdict_;
};

}  // namespace posthorn::dkim
