// Every SMTP and LMTP command: one row each. Private commands of an embedder would be rows of its own list.
#pragma once

#include <algorithm>
#include <array>

#include "protocol/smtp/commands/auth.h"
#include "protocol/smtp/commands/bdat.h"
#include "protocol/smtp/commands/data.h"
#include "protocol/smtp/commands/ehlo.h"
#include "protocol/smtp/commands/etrn.h"
#include "protocol/smtp/commands/expn.h"
#include "protocol/smtp/commands/helo.h"
#include "protocol/smtp/commands/help.h"
#include "protocol/smtp/commands/lhlo.h"
#include "protocol/smtp/commands/mail.h"
#include "protocol/smtp/commands/noop.h"
#include "protocol/smtp/commands/quit.h"
#include "protocol/smtp/commands/rcpt.h"
#include "protocol/smtp/commands/rset.h"
#include "protocol/smtp/commands/starttls.h"
#include "protocol/smtp/commands/vrfy.h"
#include "protocol/smtp/commands/xclient.h"

namespace posthorn::smtp {

inline constexpr std::array kCommands = {
    commands::auth::spec, commands::bdat::spec,    commands::data::spec, commands::ehlo::spec, commands::etrn::spec,
    commands::expn::spec, commands::helo::spec,    commands::help::spec, commands::lhlo::spec, commands::mail::spec,
    commands::noop::spec, commands::quit::spec,    commands::rcpt::spec, commands::rset::spec, commands::starttls::spec,
    commands::vrfy::spec, commands::xclient::spec,
};

static_assert(std::adjacent_find(kCommands.begin(), kCommands.end(),
                                 [](const auto& a, const auto& b) { return a.name >= b.name; }) == kCommands.end(),
              "sorted by name, no name twice");

}  // namespace posthorn::smtp
