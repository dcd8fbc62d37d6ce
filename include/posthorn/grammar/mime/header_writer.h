// Header fields written from values: encoded where they must be, folded at 78 octets (RFC 5322, 2047, 2231, 6532).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mime/header.h"

namespace posthorn::mime {

/// What octets a header may have: ASCII goes everywhere, UTF-8 only where SMTPUTF8 is spoken (RFC 6532).
enum class HeaderForm : std::uint8_t { ascii, utf8 };

/// Octets of a line before its CRLF (RFC 5322 section 2.1.1): what lines are folded at, and what none may pass.
inline constexpr std::size_t kFoldedLine = 78;
inline constexpr std::size_t kLongestLine = 998;

/// Writes the fields of a header one after another. Texts are UTF-8 and come out of a reader as they went in; none can
/// add a field or end the header: line ends, NUL and other controls (tabs excepted) are refused.
///
/// The first failure is kept and ends the writing; finish() returns it. All failures are the caller's; their note names
/// the field. @errors syntax (name, text, address or id that no field can hold), too_long (a line that cannot be
/// folded), unsupported (a local part or id beyond ASCII with HeaderForm::ascii)
class HeaderWriter {
 public:
  explicit HeaderWriter(HeaderForm form = HeaderForm::ascii) : form_(form) {}

  /// An unstructured field: Subject, Comments and most others.
  HeaderWriter& text(View name, View text);
  /// A field with a grammar of its own, as List-Unsubscribe: folded at its white space, never encoded. It must be what
  /// the grammar says already.
  HeaderWriter& structured(View name, View body);
  /// From, To and their kin. Display names are UTF-8, without encoded words; routes are left out. In the ASCII form
  /// domains become A-labels, else U-labels. Nothing is written for an empty list.
  HeaderWriter& addresses(View name, std::span<const mail::Address> list);
  /// @param zone  east of Greenwich, less than a day; years 1900 to 9999
  HeaderWriter& date(View name, WallTime when, std::chrono::minutes zone = {});
  /// Message-ID, References and their kin; ids without their brackets. Nothing is written for an empty list.
  HeaderWriter& message_ids(View name, std::span<const std::string> ids);
  /// Content-Type and its kin. Parameter values are UTF-8; RFC 2231 where they need it.
  HeaderWriter& value(View name, View value, std::span<const Parameter> parameters = {});
  /// A field body that is ready to send: folded, without the last line end. Refused unless each of its lines continues
  /// the field and none is white space alone.
  HeaderWriter& raw(View name, View body);

  /// Whether nothing was written.
  [[nodiscard]] bool empty() const { return out_.empty(); }
  /// The fields, each with CRLF, without the empty line that ends a header; or the first failure. The writer is empty
  /// then.
  [[nodiscard]] Result<std::string> finish();

 private:
  bool begins(View name);
  bool takes(View name, View text);
  void ended(View name, std::size_t begin);
  HeaderWriter& words(View name, View text, bool may_encode);
  std::string address(View name, const mail::Address& address);
  void refuse(Code code, View name, View why);

  HeaderForm form_;
  std::string out_;
  std::optional<Error> error_;
};

}  // namespace posthorn::mime
