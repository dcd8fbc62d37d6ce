// ManageSieve as a service: a session whose logins are the directory's and whose scripts are those of an account.
//
// UNAUTHENTICATE lets another user log in on the same connection. Keys that a login opens are let go of at once:
// scripts are not sealed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "posthorn/protocol/managesieve/spec.h"
#include "posthorn/protocol/session.h"
#include "posthorn/service/roles/role.h"

namespace posthorn::roles {

struct ManageSieveOptions {
  managesieve::Limits limits;
  std::string implementation = "Posthorn";
  std::string extensions;                      ///< of Sieve, as managesieve::ServerOptions has them
  std::optional<std::uint32_t> max_redirects;  ///< the same
  std::string notify;                          ///< the same
  /// Opens the scripts of an account; may block. Called from many threads.
  std::function<Result<std::unique_ptr<managesieve::Scripts>>(directory::AccountId account)> open;
};

/// One connection. @lifetime `services` outlives it
[[nodiscard]] std::unique_ptr<Conversation> make_managesieve_role(const Services& services, Connection connection,
                                                                  ManageSieveOptions options);

}  // namespace posthorn::roles
