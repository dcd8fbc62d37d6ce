// SMTP replies as values, and the one table from failures to words on the wire.
//
// lib/protocol/smtp/reply.cpp is the only file of the tree that holds an SMTP reply code that a server sends.
#pragma once

#include <cstdint>
#include <string>

#include "posthorn/bytes/error.h"
#include "posthorn/bytes/view.h"

namespace posthorn::smtp {

/// One reply (RFC 5321 section 4.2) of one line; EHLO's many lines are made by the session.
struct Reply {
  std::uint16_t code = 0;
  std::string enhanced;  ///< "5.1.1" (RFC 3463), or empty where none is sent
  std::string text;      ///< printable; anything else is replaced on the wire

  [[nodiscard]] bool positive() const { return code >= 200 && code < 400; }
  /// More is expected of the client: only AUTH and DATA are answered so.
  [[nodiscard]] bool intermediate() const { return code >= 300 && code < 400; }
  [[nodiscard]] bool transient() const { return code >= 400 && code < 500; }
  [[nodiscard]] bool operator==(const Reply&) const = default;
};

/// Everything a server of this library says, one row each in reply.cpp.
enum class Said : std::uint8_t {
  greeting,
  hello,
  goodbye,
  done,
  sender_accepted,
  recipient_accepted,
  message_stored,
  message_held,
  chunk_received,
  send_content,
  commands,
  cannot_verify,
  ready_for_tls,
  logged_in,
  next_response,
  not_a_line,
  line_too_long,
  unknown_command,
  not_offered,
  syntax,
  bad_argument,
  bad_sequence,
  hello_first,
  unknown_parameter,
  message_too_big,
  too_many_recipients,
  too_many_errors,
  too_many_transactions,
  too_many_logins,
  idle,
  stopping,
  bare_line_end,
  login_first,
  encryption_first,
  unknown_mechanism,
  login_cancelled,
  bad_base64,
  response_too_long,
  no_recipients,
  utf8_not_announced,
  already_logged_in,
  tls_unavailable,
  unknown_recipient,
  recipient_disabled,
  recipient_unverified,
  relaying_denied,
  no_outbound_route,
  bad_recipient,
  recipient_full,
  sender_not_owned,
  sending_limit,
  sending_frozen,
  login_failed,
  login_unavailable,
  try_again,
  no_space,
  looping,
  message_malformed,
  not_authentic,
  not_authentic_yet,
  denied,
  connection_lost,
  conversion_needed,
  not_convertible,
  too_many_domains,
  talked_early,
  pipelined,
  queue_started,
  queue_empty,
  queue_pending,
  queue_counted,
  queue_busy,
  queue_unavailable,
  queue_denied,
  proxy_denied,
  require_tls_unavailable,
  extension_missing,
  failed,
};

/// What is said, with `note` after the row's text where it is not empty (an id, a host name).
[[nodiscard]] Reply say(Said what, View note = {});

/// What was asked for when an error came up: the same Code has other words for a recipient than for a login.
enum class Topic : std::uint8_t { command, sender, recipient, message, login };

/// The words for an error. Never shows Error::note.
[[nodiscard]] Reply refusal(const Error& error, Topic topic);

/// Whether a reply tells of a peer that does not speak the protocol: those are counted against Limits::errors.
[[nodiscard]] bool is_protocol_error(const Reply& reply);

/// 421: the server closes (RFC 5321 section 3.8).
[[nodiscard]] bool is_service_closing(const Reply& reply);
/// 334: a challenge of AUTH (RFC 4954 section 4).
[[nodiscard]] bool is_challenge(const Reply& reply);
/// 354: the content may come (RFC 5321 section 4.1.1.4).
[[nodiscard]] bool is_start_of_content(const Reply& reply);

/// Writes `reply` as one line with its CRLF; octets that may not stand in a line become '?'.
void format(const Reply& reply, std::string& out);

}  // namespace posthorn::smtp
