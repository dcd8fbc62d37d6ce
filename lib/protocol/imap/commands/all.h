// All commands: one line each.
#pragma once

#include <array>

#include "protocol/imap/commands/append.h"
#include "protocol/imap/commands/authenticate.h"
#include "protocol/imap/commands/cancelupdate.h"
#include "protocol/imap/commands/capability.h"
#include "protocol/imap/commands/check.h"
#include "protocol/imap/commands/close.h"
#include "protocol/imap/commands/comparator.h"
#include "protocol/imap/commands/compress.h"
#include "protocol/imap/commands/copy.h"
#include "protocol/imap/commands/create.h"
#include "protocol/imap/commands/delete.h"
#include "protocol/imap/commands/deleteacl.h"
#include "protocol/imap/commands/enable.h"
#include "protocol/imap/commands/esearch.h"
#include "protocol/imap/commands/examine.h"
#include "protocol/imap/commands/expunge.h"
#include "protocol/imap/commands/fetch.h"
#include "protocol/imap/commands/getacl.h"
#include "protocol/imap/commands/getmetadata.h"
#include "protocol/imap/commands/getquota.h"
#include "protocol/imap/commands/getquotaroot.h"
#include "protocol/imap/commands/id.h"
#include "protocol/imap/commands/idle.h"
#include "protocol/imap/commands/language.h"
#include "protocol/imap/commands/list.h"
#include "protocol/imap/commands/listrights.h"
#include "protocol/imap/commands/login.h"
#include "protocol/imap/commands/logout.h"
#include "protocol/imap/commands/lsub.h"
#include "protocol/imap/commands/move.h"
#include "protocol/imap/commands/myrights.h"
#include "protocol/imap/commands/namespace.h"
#include "protocol/imap/commands/noop.h"
#include "protocol/imap/commands/notify.h"
#include "protocol/imap/commands/rename.h"
#include "protocol/imap/commands/replace.h"
#include "protocol/imap/commands/search.h"
#include "protocol/imap/commands/select.h"
#include "protocol/imap/commands/setacl.h"
#include "protocol/imap/commands/setmetadata.h"
#include "protocol/imap/commands/setquota.h"
#include "protocol/imap/commands/sort.h"
#include "protocol/imap/commands/starttls.h"
#include "protocol/imap/commands/status.h"
#include "protocol/imap/commands/store.h"
#include "protocol/imap/commands/subscribe.h"
#include "protocol/imap/commands/thread.h"
#include "protocol/imap/commands/uidbatches.h"
#include "protocol/imap/commands/unauthenticate.h"
#include "protocol/imap/commands/unselect.h"
#include "protocol/imap/commands/unsubscribe.h"

namespace posthorn::imap::commands {

// clang-format off: one row, one line
inline constexpr auto kCommands = sorted(std::array{
    append::spec,
    authenticate::spec,
    cancelupdate::spec,
    capability::spec,
    check::spec,
    close::spec,
    comparator::spec,
    compress::spec,
    copy::spec,
    create::spec,
    delete_::spec,
    deleteacl::spec,
    enable::spec,
    esearch::spec,
    examine::spec,
    expunge::spec,
    fetch::spec,
    getacl::spec,
    getmetadata::spec,
    getquota::spec,
    getquotaroot::spec,
    id::spec,
    idle::spec,
    language::spec,
    list::spec,
    listrights::spec,
    login::spec,
    logout::spec,
    lsub::spec,
    move::spec,
    myrights::spec,
    namespace_::spec,
    noop::spec,
    notify::spec,
    rename::spec,
    replace::spec,
    search::spec,
    select::spec,
    setacl::spec,
    setmetadata::spec,
    setquota::spec,
    sort::spec,
    starttls::spec,
    status::spec,
    store::spec,
    subscribe::spec,
    thread::spec,
    uidbatches::spec,
    unauthenticate::spec,
    unselect::spec,
    unsubscribe::spec,
});
// clang-format on

}  // namespace posthorn::imap::commands
