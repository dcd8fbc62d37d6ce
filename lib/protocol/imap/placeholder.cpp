#include "protocol/imap/placeholder.h"

#include "posthorn/grammar/mail/date.h"

namespace posthorn::imap {

namespace {
struct Words {
  View from;
  View subject;
  View text;
};
// No mail ever goes to names under "invalid" (RFC 2606 section 2).
constexpr Words kSealed{"Sealed message <sealed@message.invalid>",
                        "This message is sealed: log in with the mailbox password to read it",
                        "This message is stored sealed, and this login did not open the mailbox's key.\r\n"
                        "Log in with the password of the mailbox to read it. Nothing is lost.\r\n"};
constexpr Words kDamaged{"Damaged message <damaged@message.invalid>",
                         "This message is damaged: ask the administrator of the mail server",
                         "The octets of this message contradict themselves where they are stored.\r\n"
                         "Ask the administrator of the mail server. Other messages can be read.\r\n"};
}  // namespace

std::string placeholder(Code why, const MessageFacts& facts) {
  const Words& words = why == Code::sealed ? kSealed : kDamaged;
  std::string out;
  const auto field = [&](View name, View value) { out.append(name).append(": ").append(value).append("\r\n"); };
  if (mail::can_format_date(facts.internal_date)) field("Date", mail::format_date(facts.internal_date));
  field("From", words.from);
  field("Subject", words.subject);
  field("MIME-Version", "1.0");
  field("Content-Type", "text/plain; charset=us-ascii");
  out += "\r\n";
  return out += words.text;
}

}  // namespace posthorn::imap
