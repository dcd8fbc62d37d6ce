// Every extension: one row each. What is not here does not exist.
#pragma once

#include <array>

#include "protocol/sieve/extensions/actions.h"
#include "protocol/sieve/extensions/body.h"
#include "protocol/sieve/extensions/comparators.h"
#include "protocol/sieve/extensions/control.h"
#include "protocol/sieve/extensions/copy.h"
#include "protocol/sieve/extensions/date.h"
#include "protocol/sieve/extensions/duplicate.h"
#include "protocol/sieve/extensions/editheader.h"
#include "protocol/sieve/extensions/enclose.h"
#include "protocol/sieve/extensions/encoded_character.h"
#include "protocol/sieve/extensions/envelope.h"
#include "protocol/sieve/extensions/environment.h"
#include "protocol/sieve/extensions/extracttext.h"
#include "protocol/sieve/extensions/fileinto.h"
#include "protocol/sieve/extensions/foreverypart.h"
#include "protocol/sieve/extensions/ihave.h"
#include "protocol/sieve/extensions/imap4flags.h"
#include "protocol/sieve/extensions/include.h"
#include "protocol/sieve/extensions/index.h"
#include "protocol/sieve/extensions/mailbox.h"
#include "protocol/sieve/extensions/match_types.h"
#include "protocol/sieve/extensions/mime.h"
#include "protocol/sieve/extensions/regex.h"
#include "protocol/sieve/extensions/reject.h"
#include "protocol/sieve/extensions/relational.h"
#include "protocol/sieve/extensions/replace.h"
#include "protocol/sieve/extensions/subaddress.h"
#include "protocol/sieve/extensions/tests.h"
#include "protocol/sieve/extensions/vacation.h"
#include "protocol/sieve/extensions/variables.h"

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
    &envelope,
    &environment,
    &ereject,
    &extracttext,
    &fileinto,
    &foreverypart,
    &ihave,
    &imap4flags,
    &include_extension,
    &index,
    &mailbox,
    &mime_extension,
    &regex,
    &reject,
    &relational,
    &replace,
    &subaddress,
    &vacation,
    &vacation_seconds,
    &variables,
};

}  // namespace posthorn::sieve::extensions
