// What commands that set variables have in common (RFC 5229 section 4).
#pragma once

#include <string>

#include "posthorn/bytes/view.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve {

/// The value with the modifiers of the call, those of the highest rank first.
[[nodiscard]] std::string modified(Call& call, View value);

/// Sets a variable of the script, or of a namespace, that check_variable() has looked at; else the script fails.
void set_variable(Call& call, View name, std::string value);

/// Declares the variable that a constant names. An error says where it is no name, or may not be set.
void check_variable(Check& check, const Check::Constant& name);

}  // namespace posthorn::sieve
