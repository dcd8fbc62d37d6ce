// What several commands have in common.
#pragma once

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp::commands {

/// The argument of EHLO, HELO and LHLO. Any visible octets are taken for a name: a server must not refuse mail because
/// of it (RFC 5321 section 4.1.4), and names that break the grammar are common.
[[nodiscard]] Answer hello(Cursor& arguments, bool extended);

/// A command that must stand alone on its line: `well` then, else 501.
[[nodiscard]] Answer alone(Cursor& arguments, Answer well);

}  // namespace posthorn::smtp::commands
