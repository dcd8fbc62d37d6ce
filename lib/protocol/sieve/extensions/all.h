// Every extension: one row each. What is not here does not exist.
#pragma once

#include <array>

#include "protocol/sieve/extensions/actions.h"
#include "protocol/sieve/extensions/body.h"
#include "protocol/sieve/extensions/comparators.h"
#include "protocol/sieve/extensions/control.h"
#include "protocol/sieve/extensions/copy.h"
#include "protocol/sieve/extensions/date.h"
#include "protocol/sieve/extensions/delivery.h"
#include "protocol/sieve/extensions/duplicate.h"
#include "protocol/sieve/extensions/editheader.h"
#include "protocol/sieve/extensions/enclose.h"
#include "protocol/sieve/extensions/encoded_character.h"
#include "protocol/sieve/extensions/enotify.h"
#include "protocol/sieve/extensions/envelope.h"
#include "protocol/sieve/extensions/environment.h"
#include "protocol/sieve/extensions/extlists.h"
#include "protocol/sieve/extensions/extracttext.h"
#include "protocol/sieve/extensions/fcc.h"
#include "protocol/sieve/extensions/fileinto.h"
#include "protocol/sieve/extensions/foreverypart.h"
#include "protocol/sieve/extensions/ihave.h"
#include "protocol/sieve/extensions/imap4flags.h"
#include "protocol/sieve/extensions/imapsieve.h"
#include "protocol/sieve/extensions/include.h"
#include "protocol/sieve/extensions/index.h"
#include "protocol/sieve/extensions/mailbox.h"
#include "protocol/sieve/extensions/mailboxid.h"
#include "protocol/sieve/extensions/match_types.h"
#include "protocol/sieve/extensions/metadata.h"
#include "protocol/sieve/extensions/mime.h"
#include "protocol/sieve/extensions/regex.h"
#include "protocol/sieve/extensions/reject.h"
#include "protocol/sieve/extensions/relational.h"
#include "protocol/sieve/extensions/replace.h"
#include "protocol/sieve/extensions/spamtest.h"
#include "protocol/sieve/extensions/special_use.h"
#include "protocol/sieve/extensions/subaddress.h"
#include "protocol/sieve/extensions/tests.h"
#include "protocol/sieve/extensions/vacation.h"
#include "protocol/sieve/extensions/variables.h"
#include "protocol/sieve/extensions/vnd_dovecot.h"

namespace posthorn::sieve::extensions {

/// First what needs no `require`, then the others by name.
inline constexpr std::array kAll{
    &control,
    &tests,
    &actions,
    &match_types,
    &comparators,
    &body,
    &comparator_ascii_casemap,
    &comparator_ascii_numeric,
    &comparator_octet,
    &comparator_unicode_casemap,
    &copy,
    &date_extension,
    &duplicate,
    &editheader,
    &enclose,
    &encoded_character,
    &enotify,
    &envelope,
    &envelope_deliverby,
    &envelope_dsn,
    &environment,
    &ereject,
    &extlists,
    &extracttext,
    &fcc,
    &fileinto,
    &foreverypart,
    &ihave,
    &imap4flags,
    &imapsieve,
    &include_extension,
    &index,
    &mailbox,
    &mailboxid,
    &mboxmetadata,
    &mime_extension,
    &redirect_deliverby,
    &redirect_dsn,
    &regex,
    &reject,
    &relational,
    &replace,
    &servermetadata,
    &spamtest,
    &spamtestplus,
    &special_use,
    &subaddress,
    &vacation,
    &vacation_seconds,
    &variables,
    &virustest,
    &vnd_dovecot_debug,
    &vnd_dovecot_environment,
};

}  // namespace posthorn::sieve::extensions
