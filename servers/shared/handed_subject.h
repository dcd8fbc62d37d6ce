// What an export of the queue is about: a domain, or an address.
#pragma once

#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/service/queue/message.h"

namespace posthorn::servers {

/// "user@Example.NET" or "Example.NET", the domain as the queue spells it; address literals stay.
[[nodiscard]] std::string spelled_subject(View subject);

/// Whether an item of an export has no other recipients than those of its subject, and goes to their domain. Who asks
/// a partner for the mail of one domain takes nothing for others, and nothing for mailboxes here.
/// @param subject  as spelled_subject() spells it
[[nodiscard]] bool is_of_subject(const queue::Item& item, View subject);

}  // namespace posthorn::servers
