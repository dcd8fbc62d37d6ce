// LOGIN: a name and a password in one line.
#pragma once

#include <memory>
#include <string>

#include "posthorn/bytes/secret.h"
#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

namespace posthorn::imap::commands::login {

struct Args {
  std::string name;
  Secret password;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec = command<parse, run>({.name = "LOGIN",
                                                         .capability = "IMAP4rev1",
                                                         .rfc = "RFC 9051 section 6.2.3",
                                                         .example = "LOGIN smith \"se same\"",
                                                         .phases = Phase::not_authenticated,
                                                         .effects = {}});

}  // namespace posthorn::imap::commands::login
