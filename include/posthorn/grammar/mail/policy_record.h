// TXT records that publish a policy: "v=STSv1; id=20160831085700Z;" (RFC 8461 section 3.1, RFC 8460 section 3, RFC
// 9989 section 4.8).
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::mail {

struct PolicyField {
  std::string name;
  std::string value;  ///< without white space around it
  bool operator==(const PolicyField&) const = default;
};

/// Whether a text is a record of this version: "v=STSv1" and ";". All else at the same name is somebody else's.
[[nodiscard]] bool is_policy_record(View text, View version);

/// The fields behind the version, in their order.
/// @errors syntax (not of this version, or no list of fields)
[[nodiscard]] Result<std::vector<PolicyField>> parse_policy_record(View text, View version);

/// The fields of a DMARC record in their order, the version among them: names in lower case, white space around "=" and
/// ";" left out. A record is never refused for what stands in one of its fields (RFC 9989 section 4.8), so a piece that
/// is no field is left out, and of fields that come twice the first counts.
[[nodiscard]] std::vector<PolicyField> read_policy_fields(View text);

}  // namespace posthorn::mail
