// CAPABILITY: what this server can do now, computed from the rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::capability {

struct Args {};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
/// The words of the CAPABILITY response, "IMAP4rev1" first.
std::string words(const State& state);
/// The mechanisms that AUTHENTICATE takes now, best first.
[[nodiscard]] std::vector<const sasl::MechanismSpec*> offered(const State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "CAPABILITY",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.1.1",
                                                         .example = "CAPABILITY",
                                                         .phases = kAnyPhase,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::capability
