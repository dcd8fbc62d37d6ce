// All commands: one line each.
#pragma once

#include <array>

#include "protocol/pop3/commands/auth.h"
#include "protocol/pop3/commands/capa.h"
#include "protocol/pop3/commands/dele.h"
#include "protocol/pop3/commands/list.h"
#include "protocol/pop3/commands/noop.h"
#include "protocol/pop3/commands/pass.h"
#include "protocol/pop3/commands/quit.h"
#include "protocol/pop3/commands/retr.h"
#include "protocol/pop3/commands/rset.h"
#include "protocol/pop3/commands/stat.h"
#include "protocol/pop3/commands/stls.h"
#include "protocol/pop3/commands/top.h"
#include "protocol/pop3/commands/uidl.h"
#include "protocol/pop3/commands/user.h"
#include "protocol/pop3/commands/utf8.h"

namespace posthorn::pop3::commands {

inline constexpr auto kCommands = sorted(std::array{
    auth_::spec,
    capa_::spec,
    dele_::spec,
    list_::spec,
    noop_::spec,
    pass_::spec,
    quit_::spec,
    retr_::spec,
    rset_::spec,
    stat_::spec,
    stls_::spec,
    top_::spec,
    uidl_::spec,
    user_::spec,
    utf8_::spec,
});

}  // namespace posthorn::pop3::commands
