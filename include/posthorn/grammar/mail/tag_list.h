// Lists of tags: what the fields and records of DKIM and ARC are written in (RFC 6376 section 3.2, RFC 8617
// section 3.3).
//
//     v=1; a=rsa-sha256; d=example.net; s=brisbane; ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::mail {

struct Tag {
  View name;   ///< as spelled: case matters
  View value;  ///< without the white space around it; folding inside stays
  View raw;    ///< all octets between "=" and the next ";" or the end
};

/// A list that was read. @lifetime its tags are views of the text
class TagList {
 public:
  /// More tags than this are refused: the RFCs know 15 for a signature.
  static constexpr std::size_t kTags = 64;

  /// Octets above 0x7F are part of values (RFC 8616 section 4). A line end counts as white space wherever it stands.
  /// @errors syntax (no such list, or a name twice), too_many (kTags)
  [[nodiscard]] static Result<TagList> parse(View text);

  [[nodiscard]] const std::vector<Tag>& tags() const { return tags_; }
  /// The tag of this name, or null.
  [[nodiscard]] const Tag* find(View name) const;
  /// Its value; nullopt where it is not there, which is not the same as an empty value.
  [[nodiscard]] std::optional<View> value(View name) const;

 private:
  std::vector<Tag> tags_;
};

/// A value without any white space: base64 may be folded anywhere.
[[nodiscard]] std::string without_space(View value);
/// What stands between `separator`s, without the white space around each; an empty value has no items.
[[nodiscard]] std::vector<View> split_value(View value, char separator = ':');
/// Digits only, at most 20 of them. nullopt: something else, or more than 64 bits
[[nodiscard]] std::optional<std::uint64_t> number_of(View value);

}  // namespace posthorn::mail
