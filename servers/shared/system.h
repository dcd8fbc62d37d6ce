// What a daemon does with the machine: becomes another user, tells the service manager, raises limits.
#pragma once

#include <chrono>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::servers {

/// Makes the data directory for a user that could not make it itself; nothing when it exists or we are not root.
Result<void> prepare_for_user(const std::string& directory, const std::string& user, const std::string& group);

/// Becomes `user` with its groups for good; `group` replaces the user's own when not empty. Nothing for an empty user,
/// or when we are that user. @errors not_found (no such user or group), denied (not root, or root could be had back)
Result<void> become(const std::string& user, const std::string& group);

/// For root on somebody else's data directory: becomes its owner, so that no file in it ends up belonging to root.
Result<void> become_owner_of(const std::string& directory);

/// Lets the process have as many descriptors as it may.
void raise_descriptors();

/// Passwords, keys and mail are in this memory: no core dump, and no other process of this user looks into it.
void close_memory();

/// Minutes east of Greenwich of the host's time zone (localtime(3)) at a moment.
[[nodiscard]] std::chrono::minutes local_zone(WallTime moment);

/// Tells the service manager (sd_notify(3)); nothing without $NOTIFY_SOCKET.
/// @param state  "READY=1", "RELOADING=1", "STOPPING=1"
void tell_manager(View state);

}  // namespace posthorn::servers
