#include "posthorn/protocol/smtp/reply.h"

#include <array>
#include <optional>

#include "posthorn/grammar/char_set.h"

namespace posthorn::smtp {

namespace {

struct Row {
  Said what;
  std::uint16_t code;
  View enhanced;
  View text;
};

constexpr std::array kRows = {
    Row{Said::greeting, 220, "", ""},
    Row{Said::hello, 250, "", ""},
    Row{Said::goodbye, 221, "2.0.0", "Goodbye"},
    Row{Said::done, 250, "2.0.0", "Done"},
    Row{Said::sender_accepted, 250, "2.1.0", "Sender accepted"},
    Row{Said::recipient_accepted, 250, "2.1.5", "Recipient accepted"},
    Row{Said::message_stored, 250, "2.0.0", "Stored"},
    Row{Said::message_held, 250, "2.7.0", "Kept until an administrator has looked at it"},
    Row{Said::chunk_received, 250, "2.0.0", "Chunk received"},
    Row{Said::send_content, 354, "", "Send the message, end with <CRLF>.<CRLF>"},
    Row{Said::commands, 214, "2.0.0", "RFC 5321 has the answers"},
    Row{Said::cannot_verify, 252, "2.0.0", "Cannot verify, but will take mail"},
    Row{Said::ready_for_tls, 220, "2.0.0", "Begin TLS"},
    Row{Said::logged_in, 235, "2.7.0", "Logged in"},
    Row{Said::next_response, 334, "", ""},
    Row{Said::not_a_line, 500, "5.5.2", "Lines end in CRLF and hold no bare CR, bare LF or NUL"},
    Row{Said::line_too_long, 500, "5.5.2", "Line too long"},
    Row{Said::unknown_command, 500, "5.5.1", "Unknown command"},
    Row{Said::not_offered, 502, "5.5.1", "Not offered here"},
    Row{Said::syntax, 501, "5.5.2", "Syntax error"},
    Row{Said::bad_argument, 501, "5.5.4", "Bad argument"},
    Row{Said::bad_sequence, 503, "5.5.1", "Not now: bad sequence of commands"},
    Row{Said::hello_first, 503, "5.5.1", "Say hello first"},
    Row{Said::unknown_parameter, 555, "5.5.4", "Unknown parameter"},
    Row{Said::message_too_big, 552, "5.3.4", "Message too big"},
    Row{Said::too_many_recipients, 452, "4.5.3", "Too many recipients"},
    Row{Said::too_many_errors, 421, "4.7.0", "Too many errors"},
    Row{Said::too_many_transactions, 421, "4.7.0", "Too many messages in one session, connect again"},
    Row{Said::too_many_logins, 421, "4.7.0", "Too many failed logins"},
    Row{Said::idle, 421, "4.4.2", "Timeout"},
    Row{Said::stopping, 421, "4.3.2", "Service is stopping"},
    Row{Said::bare_line_end, 550, "5.5.2", "Message holds bare CR, bare LF or NUL"},
    Row{Said::login_first, 530, "5.7.0", "Authentication required"},
    Row{Said::encryption_first, 538, "5.7.11", "Encryption required for authentication"},
    Row{Said::unknown_mechanism, 504, "5.5.4", "Unknown authentication mechanism"},
    Row{Said::login_cancelled, 501, "5.7.0", "Authentication cancelled"},
    Row{Said::bad_base64, 501, "5.5.2", "Not base64"},
    Row{Said::response_too_long, 500, "5.5.6", "Authentication exchange line is too long"},
    Row{Said::no_recipients, 554, "5.5.1", "No valid recipients"},
    Row{Said::utf8_not_announced, 553, "5.6.7", "Address needs SMTPUTF8"},
    Row{Said::already_logged_in, 503, "5.5.1", "Already authenticated"},
    Row{Said::tls_unavailable, 454, "4.7.0", "TLS not available"},
    Row{Said::unknown_recipient, 550, "5.1.1", "No such mailbox here"},
    Row{Said::recipient_disabled, 550, "5.2.1", "Mailbox is switched off"},
    Row{Said::recipient_unverified, 451, "4.4.1", "The primary server does not answer, try again later"},
    Row{Said::relaying_denied, 550, "5.7.1", "Not a domain of this server: relaying denied"},
    Row{Said::no_outbound_route, 550, "5.7.1", "This server does not send mail to other hosts"},
    Row{Said::bad_recipient, 553, "5.1.3", "Not a valid address"},
    Row{Said::recipient_full, 452, "4.2.2", "Mailbox is full"},
    Row{Said::sender_not_owned, 553, "5.7.1", "Sender address does not belong to this login"},
    Row{Said::sending_limit, 450, "4.7.1", "Sending limit reached, try again later"},
    Row{Said::sending_frozen, 450, "4.7.1", "Sending is suspended, ask your administrator"},
    Row{Said::login_failed, 535, "5.7.8", "Authentication credentials invalid"},
    Row{Said::login_unavailable, 454, "4.7.0", "Temporary authentication failure"},
    Row{Said::try_again, 451, "4.3.0", "Temporary failure, try again later"},
    Row{Said::no_space, 452, "4.3.1", "Insufficient storage"},
    Row{Said::looping, 554, "5.4.6", "Mail loop detected"},
    Row{Said::message_malformed, 554, "5.6.0", "Message cannot be read"},
    Row{Said::not_authentic, 550, "5.7.26", "Refused by the DMARC policy of the domain in From"},
    Row{Said::not_authentic_yet, 451, "4.7.0", "The DNS does not answer what the DMARC policy needs, try again later"},
    Row{Said::denied, 550, "5.7.1", "Refused"},
    Row{Said::connection_lost, 451, "4.4.2", "Connection lost"},
    Row{Said::conversion_needed, 554, "5.6.3", "The next host does not take 8-bit content"},
    Row{Said::not_convertible, 554, "5.6.3", "Binary content that cannot become lines of text"},
    Row{Said::too_many_domains, 452, "4.5.3", "Too many domains in one session, connect again"},
    Row{Said::talked_early, 521, "5.5.1", "Talked before the greeting"},
    Row{Said::pipelined, 503, "5.5.0", "Wait for the reply: nothing may follow this command in its group"},
    Row{Said::queue_started, 250, "2.0.0", "Queuing started"},
    Row{Said::queue_empty, 251, "2.0.0", "No messages waiting"},
    Row{Said::queue_pending, 252, "2.0.0", "Messages pending, queuing started"},
    Row{Said::queue_counted, 253, "2.0.0", "Queuing started, messages pending:"},
    Row{Said::queue_busy, 450, "4.3.2", "Queue is busy, try again later"},
    Row{Said::queue_unavailable, 458, "4.3.0", "Unable to queue messages for this node"},
    Row{Said::queue_denied, 459, "4.7.1", "Node not allowed"},
    Row{Said::proxy_denied, 550, "5.7.0", "Not allowed to talk for others"},
    Row{Said::require_tls_unavailable, 550, "5.7.30", "The next host does not support REQUIRETLS"},
    Row{Said::extension_missing, 554, "5.3.3", "The next host lacks an extension that the message needs"},
    Row{Said::failed, 554, "5.3.0", "Refused"},
};

consteval bool rows_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].what) != i) return false;
  }
  return kRows.size() == static_cast<std::size_t>(Said::failed) + 1;
}
static_assert(rows_in_order(), "one row for each Said, in its order");

/// The words for (Topic, Code, Lasting); the first row that fits counts, `any` fits every topic or lasting.
struct Refusal {
  Code code;
  std::optional<Topic> topic;
  std::optional<Lasting> lasting;
  Said what;
};

constexpr auto kAnyTopic = std::nullopt;
constexpr auto kAny = std::nullopt;

constexpr std::array kRefusals = {
    Refusal{Code::denied, Topic::login, kAny, Said::login_failed},
    Refusal{Code::not_found, Topic::login, kAny, Said::login_failed},
    Refusal{Code::syntax, Topic::login, kAny, Said::syntax},
    Refusal{Code::too_many, Topic::login, kAny, Said::login_failed},
    Refusal{Code::encryption_needed, Topic::login, kAny, Said::encryption_first},
    Refusal{Code::unavailable, Topic::login, kAny, Said::login_unavailable},
    Refusal{Code::timed_out, Topic::login, kAny, Said::login_unavailable},
    Refusal{Code::not_found, Topic::recipient, Lasting::permanent, Said::unknown_recipient},
    Refusal{Code::not_found, Topic::recipient, Lasting::transient, Said::unknown_recipient},
    Refusal{Code::denied, Topic::recipient, kAny, Said::recipient_disabled},
    Refusal{Code::unsupported, Topic::recipient, kAny, Said::relaying_denied},
    Refusal{Code::syntax, Topic::recipient, kAny, Said::bad_recipient},
    Refusal{Code::denied, Topic::sender, kAny, Said::sender_not_owned},
    Refusal{Code::not_found, Topic::sender, kAny, Said::sender_not_owned},
    Refusal{Code::unsupported, Topic::sender, kAny, Said::sender_not_owned},
    Refusal{Code::syntax, Topic::sender, kAny, Said::sender_not_owned},
    Refusal{Code::denied, Topic::message, kAny, Said::sender_not_owned},
    Refusal{Code::too_many, Topic::message, Lasting::permanent, Said::looping},
    Refusal{Code::syntax, Topic::message, kAny, Said::message_malformed},
    Refusal{Code::unsupported, Topic::message, kAny, Said::not_convertible},
    Refusal{Code::not_found, Topic::message, kAny, Said::unknown_recipient},
    Refusal{Code::syntax, kAnyTopic, kAny, Said::syntax},
    Refusal{Code::bad_state, kAnyTopic, kAny, Said::bad_sequence},
    Refusal{Code::too_long, kAnyTopic, kAny, Said::message_too_big},
    Refusal{Code::too_many, kAnyTopic, kAny, Said::too_many_recipients},
    Refusal{Code::unsupported, kAnyTopic, kAny, Said::not_offered},
    Refusal{Code::denied, kAnyTopic, kAny, Said::denied},
    Refusal{Code::encryption_needed, kAnyTopic, kAny, Said::login_first},
    Refusal{Code::over_quota, kAnyTopic, kAny, Said::recipient_full},
    Refusal{Code::no_space, kAnyTopic, kAny, Said::no_space},
    Refusal{Code::misuse, kAnyTopic, Lasting::permanent, Said::try_again},
    Refusal{Code::defect, kAnyTopic, kAny, Said::try_again},
    Refusal{Code::corrupt, kAnyTopic, kAny, Said::try_again},
    Refusal{Code::sealed, kAnyTopic, kAny, Said::try_again},
    Refusal{Code::unavailable, kAnyTopic, kAny, Said::try_again},
    Refusal{Code::conflict, kAnyTopic, kAny, Said::try_again},
    Refusal{Code::timed_out, kAnyTopic, kAny, Said::try_again},
    Refusal{Code::closed, kAnyTopic, kAny, Said::try_again},
    Refusal{Code::misuse, kAnyTopic, kAny, Said::try_again},
    Refusal{Code::not_found, kAnyTopic, Lasting::transient, Said::try_again},
};

constexpr CharSet kPrintable = chars::kVisible + CharSet(" ");

void append_text(View text, std::string& out) {
  for (char c : text) out.push_back(kPrintable[c] ? c : '?');
}

}  // namespace

Reply say(Said what, View note) {
  const Row& row = kRows[static_cast<std::size_t>(what)];
  Reply reply{row.code, own(row.enhanced), own(row.text)};
  if (!note.empty()) {
    if (!reply.text.empty()) reply.text.push_back(' ');
    reply.text.append(note);
  }
  return reply;
}

Reply refusal(const Error& error, Topic topic) {
  for (const Refusal& row : kRefusals) {
    if (row.code == error.code && (!row.topic || *row.topic == topic) &&
        (!row.lasting || *row.lasting == error.lasting)) {
      return say(row.what);
    }
  }
  return say(error.lasting == Lasting::transient ? Said::try_again : Said::failed);
}

bool is_protocol_error(const Reply& reply) { return (reply.code >= 500 && reply.code < 510) || reply.code == 555; }

bool is_service_closing(const Reply& reply) { return reply.code == say(Said::stopping).code; }
bool is_challenge(const Reply& reply) { return reply.code == say(Said::next_response).code; }
bool is_start_of_content(const Reply& reply) { return reply.code == say(Said::send_content).code; }

void format(const Reply& reply, std::string& out) {
  out += std::to_string(reply.code);
  out += ' ';
  if (!reply.enhanced.empty()) {
    append_text(reply.enhanced, out);
    out += ' ';
  }
  append_text(reply.text, out);
  out += "\r\n";
}

}  // namespace posthorn::smtp
