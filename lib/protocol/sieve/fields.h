// Walking the fields that a test names.
#pragma once

#include <functional>

#include "posthorn/bytes/view.h"

#include "protocol/sieve/match.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve {

/// A field that a test looks at: one of the message's own, or one of a part.
struct FieldValue {
  View name;  ///< as the test spells it
  View raw;
  const Decoded* decoded = nullptr;  ///< where it was made before
};
/// @returns true: that was enough
using EachField = std::function<bool(const FieldValue&)>;

/// The fields named by parameter `names`, as the tags of the call select them.
void for_each_field(Call& call, std::size_t names, const EachField& each);
void for_each_field_of(Call& call, View name, const EachField& each);

/// Gives the text of a field to the match; options of ":mime" decide what of it (RFC 5703 section 4).
[[nodiscard]] bool match_field(Match& match, const FieldValue& field);

}  // namespace posthorn::sieve
