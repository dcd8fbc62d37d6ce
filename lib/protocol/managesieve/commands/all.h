// All commands: one line each.
#pragma once

#include <array>

#include "protocol/managesieve/commands/authenticate.h"
#include "protocol/managesieve/commands/capability.h"
#include "protocol/managesieve/commands/checkscript.h"
#include "protocol/managesieve/commands/deletescript.h"
#include "protocol/managesieve/commands/getscript.h"
#include "protocol/managesieve/commands/havespace.h"
#include "protocol/managesieve/commands/listscripts.h"
#include "protocol/managesieve/commands/logout.h"
#include "protocol/managesieve/commands/noop.h"
#include "protocol/managesieve/commands/putscript.h"
#include "protocol/managesieve/commands/renamescript.h"
#include "protocol/managesieve/commands/setactive.h"
#include "protocol/managesieve/commands/starttls.h"
#include "protocol/managesieve/commands/unauthenticate.h"

namespace posthorn::managesieve::commands {

inline constexpr auto kCommands = sorted(std::array{
    authenticate_::spec,
    capability_::spec,
    checkscript_::spec,
    deletescript_::spec,
    getscript_::spec,
    havespace_::spec,
    listscripts_::spec,
    logout_::spec,
    noop_::spec,
    putscript_::spec,
    renamescript_::spec,
    setactive_::spec,
    starttls_::spec,
    unauthenticate_::spec,
});

}  // namespace posthorn::managesieve::commands
