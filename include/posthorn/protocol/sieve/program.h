// Compiling a script once, and running it for each message (RFC 5228). A run has no effect on the world and a bounded
// cost; the same script, message and answers of the environment give the same outcome.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/action.h"
#include "posthorn/protocol/sieve/diagnostic.h"
#include "posthorn/protocol/sieve/environment.h"
#include "posthorn/protocol/sieve/limits.h"
#include "posthorn/protocol/sieve/script.h"

namespace posthorn::sieve {

struct Extension;
/// Which extensions there are: the list of this library, or one of the host's with rows of its own.
using Extensions = std::span<const Extension* const>;
/// All of this library, by name.
[[nodiscard]] Extensions all_extensions();
/// What `require` takes, separated by spaces; for the SIEVE capability of ManageSieve (RFC 5804 section 1.7).
[[nodiscard]] std::string capability(Extensions which = all_extensions());

/// A script that can be run. Not changed by running it: many threads may do so.
class Program;

/// A program, or why there is none.
struct Compilation {
  std::shared_ptr<const Program> program;  ///< null where there are errors
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
};
[[nodiscard]] Compilation compile(View script, const Limits& limits = {}, Extensions which = all_extensions());
[[nodiscard]] Compilation compile(const Script& script, const Limits& limits = {}, Extensions which = all_extensions());

/// Envelope addresses (RFC 5228 section 5.4, RFC 6009 section 3). What is nullopt is not known.
struct Envelope {
  std::optional<std::string> from;  ///< without angle brackets; empty: the null sender
  std::optional<std::string> to;
  std::optional<std::string> auth;                              ///< login of the sender
  std::vector<std::pair<std::string, std::string>> parameters;  ///< "notify", "ret", "orcpt", "envid" (RFC 6009)
  struct Deadline {
    WallTime when{};
    bool return_late = false;  ///< "R" of RFC 2852; else "N"
    bool trace = false;        ///< "T"
  };
  std::optional<Deadline> deliver_by;  ///< "bytimeabsolute" and so on
};

/// What a script is run on. @lifetime borrowed for the run
struct Subject {
  View message;
  const Envelope& envelope;
  /// The message lies in a mailbox, where an IMAP command did something to it (RFC 6785): nothing is delivered, so a
  /// script that asks for the envelope or answers to the delivery ends with an error.
  bool imap_event = false;
  std::span<const std::string> flags{};  ///< that it has there (RFC 5232 section 2)
};

/// A step of a run that asked to be traced.
struct Trace {
  Place at;
  std::string text;
};

struct Outcome {
  /// In the order in which the script wanted them; a Keep is among them where the message is kept, the implicit one
  /// last.
  std::vector<Action> actions;
  std::vector<Remembered> remembered;
  /// The run broke off: what the scripts in front wanted stays, and the message is kept as they left it.
  std::optional<Diagnostic> error;
  std::size_t script = 0;  ///< whose error it is, of those that were given; an included one belongs to who includes it
  std::uint64_t steps = 0;
  std::vector<Trace> trace;
};

struct RunOptions {
  Limits limits{};
  bool trace = false;
  char detail_separator = '+';  ///< RFC 5233
};
/// @param scripts  run one after the other, as one: those of the host in front, the user's, those of the host behind.
///                 The next one runs only while the message is still kept (implicitly or by `keep`).
[[nodiscard]] Outcome evaluate(std::span<const std::shared_ptr<const Program>> scripts, const Subject& subject,
                               Environment& environment, const RunOptions& options = {});

}  // namespace posthorn::sieve
