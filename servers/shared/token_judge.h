// The judge of access tokens that the settings describe, and the file with its keys.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/service/oauth/access_token_judge.h"

#include "shared/log.h"
#include "shared/settings.h"

namespace posthorn::servers {

/// The octets of a file. @errors unavailable: it cannot be read, is no regular file, or has more than `most` octets;
/// the note says which
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t most);

/// Reads the keys. Null: `oauth.issuer` is empty, no tokens are accepted.
/// @errors what is wrong with the file of keys, by its name
/// @lifetime `log` outlives the judge, which tells it when keys cannot be read again
[[nodiscard]] Result<std::unique_ptr<oauth::AccessTokenJudge>> make_token_judge(const Settings& settings, LineLog& log,
                                                                                WallTime now);

}  // namespace posthorn::servers
