// Parameters behind the paths of MAIL and RCPT (RFC 5321 section 4.1.2), one row each.
#pragma once

#include <optional>
#include <span>

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp {

/// One parameter of MAIL.
struct ParameterSpec {
  View name;
  View rfc;
  View example;
  /// Takes the value (nullopt: none was given) into `params`; false when it is not a value of this parameter.
  bool (*take)(std::optional<View> value, const Facts& facts, MailParams& params);
};

/// All parameters of MAIL.
[[nodiscard]] std::span<const ParameterSpec> mail_parameters();

/// Reads `*(SP esmtp-param)` up to the end. @returns the refusal, or nullopt when all was well
[[nodiscard]] std::optional<Reply> take_parameters(Cursor& c, std::span<const ParameterSpec> known, const Facts& facts,
                                                   MailParams& params);

/// Whether an address has octets that only SMTPUTF8 allows.
[[nodiscard]] bool needs_utf8(const mail::Mailbox& mailbox);

}  // namespace posthorn::smtp
