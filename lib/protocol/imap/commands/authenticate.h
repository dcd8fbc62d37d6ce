// AUTHENTICATE: a SASL exchange in base64 lines, with SASL-IR.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::authenticate {

struct Args {
  std::string mechanism;
  std::optional<std::string> initial;  ///< as sent: base64, or "=" for an empty one
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "AUTHENTICATE",
                                                         .capability = "SASL-IR",
                                                         .rfc = "RFC 9051 section 6.2.2",
                                                         .example = "AUTHENTICATE PLAIN AGZvbwBiYXI=",
                                                         .phases = Phase::not_authenticated,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::authenticate
