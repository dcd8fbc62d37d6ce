// What failures sound like on the wire: the only table of ManageSieve refusals (RFC 5804 section 1.3).
#pragma once

#include "posthorn/bytes/error.h"
#include "posthorn/protocol/managesieve/spec.h"

namespace posthorn::managesieve {

// Fixed replies of the session itself.
inline constexpr Reply kUnknownCommand{"NO", {}, "No such command"};
inline constexpr Reply kLogInFirst{"NO", {}, "Log in first"};
inline constexpr Reply kLoggedInAlready{"NO", {}, "Logged in already"};
inline constexpr Reply kLineTooLong{"NO", {}, "The line is too long"};
inline constexpr Reply kBareLine{"NO", {}, "A bare CR or LF, or NUL, in a line"};
inline constexpr Reply kWrongLiteral{"NO", {}, "Announce literals as {n+}"};
inline constexpr Reply kStringTooLong{"NO", {}, "The string is too long"};
inline constexpr Reply kScriptTooLong{"NO", "QUOTA/MAXSIZE", "The script is too long"};
inline constexpr Reply kNeedsTls{"NO", "ENCRYPT-NEEDED", "Use STARTTLS first"};
inline constexpr Reply kNoMechanism{"NO", {}, "No such mechanism here"};
inline constexpr Reply kCancelled{"NO", {}, "Cancelled"};
inline constexpr Reply kNotBase64{"NO", {}, "Not base64 in a string"};
inline constexpr Reply kNoTlsHere{"NO", {}, "TLS is not on offer"};
inline constexpr Reply kByeErrors{"BYE", {}, "Too many errors"};
inline constexpr Reply kByeLogins{"BYE", {}, "Too many failed logins"};
inline constexpr Reply kByeLiteral{"BYE", {}, "The literal is much too long"};
inline constexpr Reply kByeIdle{"BYE", {}, "Nothing was heard for too long"};
inline constexpr Reply kByeStop{"BYE", "TRYLATER", "The server stops"};

/// The answer to a failure. Never holds the error's note.
[[nodiscard]] Reply refusal(Code code, Lasting lasting);

/// What a verdict reads like, a line for each remark; at most `limit` of them.
[[nodiscard]] std::string remarks_text(const std::vector<Diagnostic>& remarks, std::size_t limit);

}  // namespace posthorn::managesieve
