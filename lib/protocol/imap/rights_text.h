// Identifiers, rights and their responses as the commands of RFC 4314 write them.
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/responder.h"
#include "posthorn/protocol/imap/rights.h"

namespace posthorn::imap {

/// identifier = astring: UTF-8, not empty, without controls (RFC 4314 section 3).
bool rights_identifier(Cursor& c, std::string& out);
/// mod-rights = astring: [+-] letters. An unknown letter is an error, an upper-case one too (RFC 4314 section 2).
bool changed_rights(Cursor& c, RightsChange& change, Rights& out);

/// The rights as an astring: "" for none.
[[nodiscard]] std::string rights_word(Rights rights);
/// The second half of LISTRIGHTS: what is there anyway, then each group that goes together; no letter twice, c and d
/// in the group that holds all they stand for, else by themselves (RFC 4314 sections 2.1.1 and 3.7).
[[nodiscard]] std::string grantable_words(const GrantableRights& grantable);
/// The MYRIGHTS response.
void write_my_rights(View name, Rights rights, Responder& responder);

}  // namespace posthorn::imap
