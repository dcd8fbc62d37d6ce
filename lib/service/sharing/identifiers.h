// Identifiers of ACLs as people write them and as ACLs keep them, and the names of accounts in namespaces.
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/directory/directory.h"

namespace posthorn::sharing {

/// An identifier that was understood.
struct Identifier {
  std::string kept;                          ///< as ACLs keep it, with its "-"
  std::optional<directory::AccountId> user;  ///< where it means one user
  bool takes = false;                        ///< "-" in front
  bool owner = false;                        ///< "owner": whoever it is
};

/// @errors not_found (no such login, no such group), syntax
[[nodiscard]] Result<Identifier> read_identifier(directory::Directory& directory, View written);
/// The reverse; nullopt for somebody who is gone. @errors of the directory
[[nodiscard]] Result<std::optional<std::string>> write_identifier(directory::Directory& directory, View kept);

/// A login as one component of a mailbox name: what a name cannot hold, and '=', is written "=XX".
[[nodiscard]] std::string to_component(View login);
/// The reverse; nullopt: no login is written so.
[[nodiscard]] std::optional<std::string> from_component(View component);

}  // namespace posthorn::sharing
