// The sets of a chain as they stand in a header (RFC 8617 sections 4.1 and 5.2).
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/arc/validator.h"
#include "posthorn/protocol/arc/verdict.h"
#include "posthorn/protocol/dkim/signature.h"
#include "posthorn/protocol/dkim/signed_header.h"

namespace posthorn::arc {

inline constexpr View kResultsName = "ARC-Authentication-Results";
inline constexpr View kMessageName = "ARC-Message-Signature";
inline constexpr View kSealName = "ARC-Seal";

/// @lifetime borrows the header
struct Set {
  View results_field, message_field, seal_field;  ///< whole fields; empty: not there
  View results;                                   ///< behind "i=...;"
  dkim::Signature message, seal;
  Status cv = Status::none;
};

struct Chain {
  std::vector<Set> sets;  ///< in order of their instances, which are 1, 2...
  unsigned highest = 0;   ///< of all instances that can be read; 0: there is no field of ARC
  bool failed = false;    ///< the last seal says cv=fail
  std::string why;        ///< it is not well formed; empty: it is
};
[[nodiscard]] Chain read_chain(const dkim::SignedHeader& header);

/// The text that a seal signs, for one set after the other: all sets up to it (RFC 8617 section 5.1.1).
class SealedText {
 public:
  /// The digest for the next set. @param raw  b= of the seal, a part of `seal_field`
  [[nodiscard]] std::string add(View results_field, View message_field, View seal_field, View raw);

 private:
  crypto::Sha256 hash_;
};

}  // namespace posthorn::arc
