// CREATE, with a special use where one is given (RFC 6154).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::create {

struct Args {
  std::string asked;  ///< as the client wrote it
  std::string name;   ///< the one spelling of it
  std::vector<SpecialUse> uses;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "CREATE",
                                                         .capability = "IMAP4rev1 CREATE-SPECIAL-USE",
                                                         .rfc = "RFC 9051 section 6.3.4",
                                                         .example = "CREATE Everything (USE (\\Archive))",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::create
