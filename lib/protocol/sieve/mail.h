// The message as the script sees it: fields decoded once, parts found when they are asked for, changes kept.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/parser.h"
#include "posthorn/protocol/sieve/action.h"
#include "posthorn/protocol/sieve/limits.h"

#include "grammar/lower_case.h"

namespace posthorn::sieve {

/// A text and what of it is compared by i;ascii-casemap, made once.
struct Decoded {
  View text;
  View collated;
};

/// Which fields a test looks at.
struct Selection {
  std::uint64_t index = 0;  ///< RFC 5260 section 6: the n-th of a name; 0: all
  bool from_end = false;
  bool of_part = false;      ///< RFC 5703: the header of the part that the script is at
  bool of_children = false;  ///< and of all parts inside of it
};

class Mail {
 public:
  /// @lifetime borrows `octets` and `limits`
  Mail(View octets, const Limits& limits);

  [[nodiscard]] View octets() const { return changed_ ? View(*changed_) : octets_; }
  /// null: nothing was changed.
  [[nodiscard]] Octets changed() const { return changed_; }
  /// From now on the message is this one.
  void change(std::string octets);
  /// The same with a message that is around the one before: redirect does not send it (RFC 5703 section 6).
  void enclose(std::string octets);
  /// What redirect sends; null: nothing was changed.
  [[nodiscard]] Octets sent_on() const { return inner_ ? *inner_ : changed_; }

  /// The header of the message, up to and with the empty line.
  [[nodiscard]] View header() const { return header_; }
  [[nodiscard]] const std::vector<mime::Field>& fields() const { return fields_; }
  /// Unfolded, encoded words decoded, UTF-8, without white space at its ends. @param i  in fields()
  [[nodiscard]] const Decoded& decoded(std::size_t i);
  /// Places in fields() of one name, ASCII case ignored, as the selection says.
  void find(View name, const Selection& selection, std::vector<std::uint32_t>& out) const;

  [[nodiscard]] const mime::Message& tree();
  /// The part that foreverypart is at; the message itself otherwise, and where a change left no such part.
  [[nodiscard]] mime::PartId part();
  [[nodiscard]] bool in_part() const { return part_.has_value(); }
  void set_part(std::optional<mime::PartId> part) { part_ = part; }
  /// Text parts as UTF-8, and what is no text with its encoding undone (RFC 5173 section 5.2). Made once.
  [[nodiscard]] const std::string& content(mime::PartId part);

 private:
  void read();

  const Limits& limits_;
  View octets_;
  Octets changed_;
  View header_;
  std::vector<mime::Field> fields_;
  std::vector<std::optional<Decoded>> decoded_;
  std::deque<std::string> texts_;  // what `decoded_` looks at
  std::optional<mime::Message> tree_;
  std::vector<std::optional<std::string>> contents_;  // by part
  std::optional<mime::PartId> part_;
  std::optional<Octets> inner_;  // as it was before it was enclosed
};

/// Takes folding and encoded words out of a field; `room` holds the text where it is not a view of `raw`.
[[nodiscard]] View decode_field(View raw, std::deque<std::string>& room);

}  // namespace posthorn::sieve
