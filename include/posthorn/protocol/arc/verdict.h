// What the Authenticated Received Chain of a message says (RFC 8617).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dkim/verdict.h"

namespace posthorn::arc {

/// RFC 8617 section 4.4; the words of RFC 8601 fields and of cv=.
enum class Status : std::uint8_t { none, pass, fail };
[[nodiscard]] View word_of(Status status);
/// Whether Verdict::why, or the reason of a field that has it, tells of a DNS that did not answer: the field has no
/// word of its own for that (RFC 8617 section 10.2).
[[nodiscard]] bool is_temporary(View why);

/// One set: who handled the message, and what he found.
struct SetVerdict {
  unsigned instance = 0;       ///< i=
  std::string sealer;          ///< d= of ARC-Seal, lower-case A-labels
  std::string selector;        ///< s= of ARC-Seal
  std::string message_signer;  ///< d= of ARC-Message-Signature
  std::string results;         ///< of ARC-Authentication-Results, behind "i=...;", as auth_results::parse() reads it
  dkim::Reason message = dkim::Reason::no_answer;  ///< what became of ARC-Message-Signature
  dkim::Reason seal = dkim::Reason::no_answer;     ///< what became of ARC-Seal
};

struct Verdict {
  Status status = Status::none;
  std::vector<SetVerdict> sets;  ///< from the first on; empty where the chain is not well formed
  /// The first set from which on the message is as it was signed; 0: from its beginning (RFC 8617 section 5.2). Counts
  /// for pass only.
  unsigned oldest_pass = 0;
  bool temporary = false;          ///< fail, but only because the DNS did not answer
  std::string why;                 ///< for fail, in plain words
  std::vector<std::string> steps;  ///< what was looked at and what came of it, when asked for
};

}  // namespace posthorn::arc
