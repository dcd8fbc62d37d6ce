// What a site makes of a message that fails DMARC (RFC 9989 section 5.4): as the owner of the author's domain asks,
// unless something says that the message is what it claims to be all the same.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/authentication/message_check.h"
#include "posthorn/protocol/dmarc/aggregate.h"
#include "posthorn/service/directory/directory.h"

namespace posthorn::authentication {

struct Trust {
  /// A message of a mailing list that authenticates itself is not refused: lists change messages.
  bool spare_lists = true;
  /// Domains, lower-case A-labels, whose ARC seal is believed: where one says that DMARC passed, it counts.
  std::vector<std::string> sealers;
};

struct Decision {
  /// Of a message about which the DNS did not say all (dmarc=temperror): at worst.
  directory::Enforcement asked = directory::Enforcement::none;
  std::optional<dmarc::OverrideReason> why;  ///< where it is something else than the policy asks for
};

/// @param header  of the message
[[nodiscard]] Decision decide(const Results& results, View header, const Trust& trust);

}  // namespace posthorn::authentication
