// What the queue keeps for mailboxes of this site, and where reports go.
#pragma once

#include <memory>

#include "posthorn/service/delivery/delivery.h"
#include "posthorn/service/directory/directory.h"
#include "posthorn/service/mailbox/account.h"

namespace posthorn::queue {
class LocalDelivery;
}

namespace posthorn::delivery {

/// Puts work of the queue into mailboxes, or does with it what Options::filter says. Work that is done twice, as after
/// a crash, is stored and sent once.
/// @lifetime all arguments but the options outlive the object
[[nodiscard]] std::unique_ptr<queue::LocalDelivery> make_local_delivery(directory::Directory& directory,
                                                                        mailbox::Accounts& accounts, const Clock& clock,
                                                                        const Options& options = {});

/// Where mail to an address goes: to mailboxes here, to where aliases lead, or to another host. For Queue::open().
/// @lifetime the directory outlives it
[[nodiscard]] queue::Router make_router(directory::Directory& directory, Options options);

}  // namespace posthorn::delivery
