// Values with a type before them, "rfc822; ann@example.org", and how SMTP carries them (RFC 3461, 3464, 6533).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"

namespace posthorn::mail {

/// An address, the name of an MTA or a diagnostic, and the word that says what kind (RFC 3464 section 2.1.2).
struct TypedText {
  std::string type;  ///< lower case: rfc822, utf-8, unknown; dns; smtp; x-...
  std::string text;  ///< as it is meant: xtext and unitext undone
  bool operator==(const TypedText&) const = default;
};

/// The mailbox with type rfc822, or utf-8 where it is not ASCII.
[[nodiscard]] TypedText typed_text(const Mailbox& mailbox);
/// The mailbox that an address of type rfc822 or utf-8 is; brackets and comments around it are passed over.
[[nodiscard]] std::optional<Mailbox> mailbox_of(const TypedText& address);

/// xtext (RFC 3461 section 4): how ENVID and ORCPT carry any octets.
[[nodiscard]] std::string xtext_encode(View octets);
/// nullopt where it is no xtext. What comes out may have controls in it.
[[nodiscard]] std::optional<std::string> xtext_decode(View xtext);

/// utf-8-addr-unitext (RFC 6533 section 3): space, "\", "+", "=" and controls become "\x{HEXPOINT}".
/// @param ascii  so does all that is not ASCII: utf-8-addr-xtext
[[nodiscard]] std::string unitext_encode(View utf8, bool ascii);
/// Either form, and the plain utf-8-address; nullopt for spaces, controls and escapes that are none, or are of a
/// control.
[[nodiscard]] std::optional<std::string> unitext_decode(View text);

/// Octets of an ORCPT parameter (RFC 3461 section 4.2).
inline constexpr std::size_t kMaxOrcpt = 500;

/// The value of the parameter ORCPT. @errors the peer's: syntax (no type, no xtext, controls), too_long
[[nodiscard]] Result<TypedText> parse_orcpt(View value);
/// @param utf8  the server takes SMTPUTF8
/// @errors the caller's: syntax (no type, not UTF-8), too_long
[[nodiscard]] Result<std::string> format_orcpt(const TypedText& address, bool utf8);

}  // namespace posthorn::mail
