// Changes to a message that leave every other octet as it is: so signatures of what is not touched stay valid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
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
/// All PartIds are those of the message as it was. The first failure is kept and ends the editing; finish() returns it.
/// @errors misuse (a part that cannot be changed so, a text that is no header, a ready part as a body), conflict (two
/// changes of the same octets), what build() refuses; all the caller's
class Editor {
 public:
  /// @param random  makes boundaries
  /// @lifetime borrows `message`, its octets and `random`
  Editor(const Message& message, Random& random, const BuildOptions& options = {});

  /// Where fields go: above all others, as trace fields do (RFC 5321 section 4.4), or below.
  enum class Place : std::uint8_t { top, bottom };
  /// @param fields  as HeaderWriter gives them
  Editor& add_fields(PartId part, View fields, Place place = Place::top);
  /// Puts `fields` where the first field of this name stands and takes out all others of the name; adds them at the
  /// bottom where there is none.
  Editor& replace_fields(PartId part, View name, View fields);
  /// Takes out all fields of this name; nothing where there is none.
  Editor& remove_fields(PartId part, View name) { return replace_fields(part, name, {}); }

  /// Another body for a part or a message: with it come Content-Type and Content-Transfer-Encoding, and
  /// Content-Disposition and Content-ID where the entity has them. All other fields stay.
  Editor& replace_body(PartId part, const Entity& entity);
  /// Another part of a multipart, header and body.
  Editor& replace_part(PartId part, const Entity& entity);
  /// Takes a part out of its multipart. The last one that is left becomes an empty text: no multipart is without parts.
  Editor& remove_part(PartId part);
  /// Adds a part behind the last of a multipart that has one.
  Editor& add_part(PartId multipart, const Entity& entity);
  /// Adds an attachment to a message: to its multipart/mixed, or to a new one around its body, which stays as it is.
  /// @param message  the message itself, or the one inside a message/rfc822 part
  Editor& attach(PartId message, const Entity& entity);

  /// The changed message, or the first failure. The editor has done its work then.
  [[nodiscard]] Result<std::string> finish();
  /// After finish(): the multipart/signed parts whose signed content was changed, so that the signature does not match
  /// any more.
  [[nodiscard]] std::vector<PartId> broken_signatures() const;

 private:
  /// Octets from..to become `text`, which begins on a line of its own.
  struct Change {
    Offset from;
    Offset to;
    std::string text;
  };
  /// What comes behind the last part of a multipart: one that is not closed, or a new one around the body of a message.
  struct Tail {
    PartId part;
    bool wraps;
    std::string boundary;
    std::string parts;
  };

  void fail(Code code, View why);
  void change(Offset from, Offset to, std::string text);
  [[nodiscard]] std::string local(View lines) const;
  [[nodiscard]] bool may_change(PartId part, bool in_multipart);
  [[nodiscard]] bool are_fields(View fields);
  std::string written(PartId around, const Entity& entity);
  void need(PartId around, Octets octets);
  void put_fields(PartId part, View fields, std::span<const View> names);
  void add_mime_version(PartId part);
  Tail& tail_of(PartId part, bool wraps);
  void wrap(const Tail& tail);
  void end(const Tail& tail);
  void raise_encodings();

  const Message& message_;
  Random& random_;
  BuildOptions options_;
  View line_end_;
  std::vector<Change> changes_;
  std::vector<Tail> tails_;
  std::vector<bool> gone_;      // by part: it was taken out
  std::vector<Octets> needed_;  // by part: what came below it consists of
  std::optional<Error> error_;
};

}  // namespace posthorn::mime
