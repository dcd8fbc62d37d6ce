// Changes to a message that leave every other octet as it is: so signatures of what is not touched stay valid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// Collects changes to one message and applies them at once. What is written has the line ends that the message has
/// (those of its first line), encodings and boundaries that fit what is around it, and labels that stay true: a
/// Content-Transfer-Encoding follows its body up to the message itself.
///
/// All PartIds are those of the message as it was, and the order of calls for different parts does not matter. The
/// first failure is kept and ends the editing; finish() returns it.
/// @errors misuse (a part that cannot be changed so, a text that is no header, a ready part as a body), conflict (a
/// change inside what is replaced or taken out, two bodies for one part), what build() refuses; all the caller's
class Editor {
 public:
  /// @param random  makes boundaries
  /// @lifetime borrows `message`, its octets and `random`
  Editor(const Message& message, Random& random, const BuildOptions& options = {});
  Editor(Message&& message, Random& random, const BuildOptions& options = {}) = delete;

  /// Where fields go: above all others, as trace fields do (RFC 5321 section 4.4), or below.
  enum class Place : std::uint8_t { top, bottom };
  /// @param fields  as HeaderWriter gives them. Of two calls for the top, the second puts its fields above
  Editor& add_fields(PartId part, View fields, Place place = Place::top);
  /// Puts `fields` where the first field of this name stands and takes out all others of the name; adds them at the
  /// bottom where there is none. Of two calls for one name the last counts.
  Editor& replace_fields(PartId part, View name, View fields);
  /// Takes out all fields of this name; nothing where there is none.
  Editor& remove_fields(PartId part, View name) { return replace_fields(part, name, {}); }

  /// Another body for a part or a message: with it come Content-Type and Content-Transfer-Encoding, and
  /// Content-Disposition and Content-ID where the entity has them. What the old body was called and described as goes
  /// (Content-Disposition, Content-Description, Content-MD5); all other fields stay.
  Editor& replace_body(PartId part, const Entity& entity);
  /// Another part of a multipart, header and body.
  Editor& replace_part(PartId part, const Entity& entity);
  /// Takes a part out of its multipart. Where none is left or added, the last becomes an empty text: no multipart is
  /// without parts.
  Editor& remove_part(PartId part);
  /// Adds a part behind the last of a multipart that has one.
  Editor& add_part(PartId multipart, const Entity& entity);
  /// Adds an attachment to a message: to its multipart/mixed, or to a new one around its body, which stays as it is.
  /// @param message  the message itself, or the one inside a message/rfc822 part
  Editor& attach(PartId message, const Entity& entity);

  /// The multipart/signed parts that stay and whose signed content or signature is changed: they do not match any more.
  [[nodiscard]] std::vector<PartId> broken_signatures() const;

  /// The changed message, or the first failure.
  [[nodiscard]] Result<std::string> finish();

 private:
  /// What is to be done to one part; texts with CRLF.
  struct Plan {
    std::string top;
    std::string bottom;
    std::vector<std::pair<std::string, std::string>> fields;  // by name, what stands for them
    std::optional<std::string> body;                          // fields, an empty line and a body
    std::optional<std::string> whole;                         // another part; empty: none
    std::vector<std::string> added;
    std::vector<std::string> attached;
    Octets inside = Octets::seven_bit;           // the most that came into it
    Octets body_octets = Octets::seven_bit;      // of the other body
    Octets attached_octets = Octets::seven_bit;  // of the attachments
    std::size_t gone = 0;                        // parts that were taken out
    [[nodiscard]] bool changes() const;
    /// Whether one of its texts or names is this field.
    [[nodiscard]] bool has_field(View name) const;
  };
  class Writer;

  void fail(Code code, View why);
  [[nodiscard]] bool may_change(PartId part, bool in_multipart);
  [[nodiscard]] bool takes(View fields);
  [[nodiscard]] std::string written(std::optional<PartId> inside, const Entity& entity, Octets& octets);
  [[nodiscard]] std::optional<PartId> parent_of(PartId part) const;
  void need(std::optional<PartId> inside, Octets octets);
  [[nodiscard]] bool is_cut(PartId part, bool itself) const;
  [[nodiscard]] bool changes_octets(PartId part, const Plan& plan) const;
  void check_plans();

  const Message& message_;
  Random& random_;
  BuildOptions options_;
  std::map<PartId, Plan> plans_;
  std::optional<Error> error_;
};

}  // namespace posthorn::mime
