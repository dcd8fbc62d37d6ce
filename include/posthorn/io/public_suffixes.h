// A public suffix list from a file, for DMARC hosts that prefer it to the tree walk: with libpsl.
#pragma once

#include <memory>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/protocol/dmarc/public_suffixes.h"

namespace posthorn::io {

/// Reads a list in the text or DAFSA form of publicsuffix.org, as in /usr/share/publicsuffix. Read it again now and
/// then: it changes every week.
/// @errors not_found (no such file, or not a list); unsupported (built without libpsl: the Meson option psl)
[[nodiscard]] Result<std::unique_ptr<dmarc::PublicSuffixes>> read_public_suffixes(const std::string& file);

}  // namespace posthorn::io
