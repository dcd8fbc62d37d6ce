// Parameters behind the paths of MAIL and RCPT (RFC 5321 section 4.1.2), one row each.
#pragma once

#include <optional>
#include <span>

#include "posthorn/protocol/smtp/spec.h"

namespace posthorn::smtp {

/// One parameter of MAIL or RCPT, whose values are collected in a MailParams or RcptParams.
template <class Params>
struct ParameterSpec {
  View name;
  View extension;  ///< unknown where this one is not offered; empty: always known
  View rfc;
  View example;
  /// Takes the value (nullopt: none was given) into `params`; false when it is not a value of this parameter.
  bool (*take)(std::optional<View> value, const Facts& facts, Params& params);
};

/// All parameters of MAIL.
[[nodiscard]] std::span<const ParameterSpec<MailParams>> mail_parameters();
/// All parameters of RCPT.
[[nodiscard]] std::span<const ParameterSpec<RcptParams>> rcpt_parameters();

/// Reads `*(SP esmtp-param)` up to the end; each parameter at most once.
/// @returns the refusal, or nullopt when all was well
[[nodiscard]] std::optional<Reply> take_parameters(Cursor& c, const Facts& facts, MailParams& params);
[[nodiscard]] std::optional<Reply> take_parameters(Cursor& c, const Facts& facts, RcptParams& params);

/// Whether an address has octets that only SMTPUTF8 allows.
[[nodiscard]] bool needs_utf8(const mail::Mailbox& mailbox);

}  // namespace posthorn::smtp
