// The Sieve of this installation: what a script may be, and where those of an account are.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/managesieve/scripts.h"
#include "posthorn/service/scripts/stored_scripts.h"

#include "shared/host_scripts.h"
#include "shared/site.h"

namespace posthorn::servers {

/// What `require` takes, with spaces between.
[[nodiscard]] std::string sieve_extensions();

/// Whether octets are a script that this installation can run.
[[nodiscard]] managesieve::Verdict check_script(View octets);

/// @lifetime the site outlives it
[[nodiscard]] Result<std::unique_ptr<scripts::StoredScripts>> open_scripts(Site& site, directory::AccountId account);

/// What accounts have stored, for deliveries. @lifetime the site outlives it
[[nodiscard]] PersonalScripts personal_scripts(Site& site);

}  // namespace posthorn::servers
