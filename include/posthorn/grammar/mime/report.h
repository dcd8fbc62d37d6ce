// What all reports share: extension fields, dates, the returned message (RFC 6522).
//
// A report is sent with the null reverse-path, MAIL FROM:<>, so that nothing ever answers it (RFC 3464 section 2, RFC
// 8098 section 3); feedback reports come from an address that reads what bounces (RFC 5965 section 6.3).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/header_writer.h"

namespace posthorn::mime {

/// A field that a report has beyond those of its RFC. So are fields kept that cannot be read as their RFC says, or
/// come once too often.
struct ReportField {
  std::string name;
  std::string value;
  bool operator==(const ReportField&) const = default;
};

/// date-time with its zone.
struct DateTime {
  WallTime when;
  std::chrono::minutes zone{};  ///< east of Greenwich
  bool operator==(const DateTime&) const = default;
};

/// What goes back of the message that a report is about (RET of RFC 3461 section 4.3).
enum class Return : std::uint8_t { nothing, header, message };

struct ReportOptions {
  std::string text;                  ///< for people, UTF-8; empty: an English one that says what the fields say
  Return returned = Return::header;  ///< the whole message only to where it may go as it is (7bit, 8BITMIME)
  /// With HeaderForm::utf8 what is not ASCII goes as message/global-... (RFC 6533), else it is escaped.
  HeaderForm form = HeaderForm::ascii;
};

/// The fields of a message with their line ends, without the empty line behind them.
[[nodiscard]] View header_of(View message);

}  // namespace posthorn::mime
