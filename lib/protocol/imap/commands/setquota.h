// SETQUOTA: the limits of a quota root are replaced.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/quota_text.h"

namespace posthorn::imap::commands::setquota {

struct Args {
  std::string root;
  std::vector<NamedLimit> limits;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "SETQUOTA",
                                                         .capability = "QUOTASET",
                                                         .rfc = "RFC 9208 section 4.1.3",
                                                         .example = "SETQUOTA \"#user/alice\" (STORAGE 510)",
                                                         .phases = kLoggedIn,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::setquota
