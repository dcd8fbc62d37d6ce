#include "grammar/mime/delivery_notice.h"

#include <algorithm>
#include <array>

#include "posthorn/grammar/mail/date.h"

#include "grammar/mime/report_fields.h"

namespace posthorn::mime {

namespace {
constexpr std::size_t kWidth = 72;
constexpr std::uint16_t kAny = 1000;

struct Section {
  Action action;
  View title;
};
/// In the order in which they matter.
constexpr std::array<Section, 5> kSections{{
    {Action::failed, "Your message could not be delivered to:"},
    {Action::delayed, "Your message has not been delivered yet to:"},
    {Action::delivered, "Your message was delivered to:"},
    {Action::relayed, "Your message was passed on, to a mail system that does not report what becomes of it, for:"},
    {Action::expanded, "Your message was delivered to this list and sent on to those who are on it:"},
}};

/// What a code means for the sender (RFC 3463 section 3), the special before the general.
struct Advice {
  std::uint16_t subject;
  std::uint16_t detail;
  View text;
};
constexpr std::array<Advice, 12> kAdvice{{
    {1, 1, "There is no such address. Check how it is spelled, or ask the recipient for the right one."},
    {1, 2, "There is no such mail domain. Check how the part behind the @ is spelled."},
    {1, 6, "The recipient has moved and left no new address."},
    {1, 10, "This domain takes no mail. Check how the part behind the @ is spelled."},
    {2, 1, "This mailbox is closed at present. Reach the recipient in another way."},
    {2, 2, "The mailbox is full. Try again later, or reach the recipient in another way."},
    {2, 3, "The message is too big for this mailbox. Send less at a time."},
    {3, 4, "The message is too big for the mail system of the recipient. Send less at a time."},
    {4, 7, "It was tried for as long as messages are kept here. Send it again later."},
    {4, kAny, "The mail system of the recipient could not be reached. Send the message again later."},
    {6, kAny, "The mail system of the recipient cannot take what the message has in it."},
    {7, kAny, "The mail system of the recipient refused the message by its rules. Those who run it can tell more."},
}};

View advice(const mail::StatusCode& code) {
  const auto found = std::ranges::find_if(kAdvice, [&](const Advice& row) {
    return row.subject == code.subject && (row.detail == code.detail || row.detail == kAny);
  });
  if (found != kAdvice.end()) return found->text;
  return code.kind == 4 ? "Send the message again later, or reach the recipient in another way."
                        : "Check the address, or reach the recipient in another way.";
}

/// The words of a text in lines that begin with so many spaces.
void put_lines(std::string& out, std::size_t indent, View text) {
  const std::string words = field_text(text, kFieldWord);
  std::size_t column = 0;
  for (View rest = words; !rest.empty();) {
    const View word = rest.substr(0, rest.find(' '));
    if (column > 0 && column + 1 + word.size() > kWidth) {
      out += "\n";
      column = 0;
    }
    out.append(column == 0 ? indent : 1, ' ').append(word);
    column += (column == 0 ? indent : 1) + word.size();
    rest.remove_prefix(word.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  out += "\n";
}

void put_recipient(std::string& out, const RecipientStatus& recipient) {
  std::string who = recipient.final_recipient ? recipient.final_recipient->text : "?";
  const auto& original = recipient.original_recipient;
  if (original && original->text != who) who += " (you wrote to " + original->text + ")";
  put_lines(out, 4, who);
  if (recipient.action == Action::failed && recipient.status) put_lines(out, 8, advice(recipient.status->code));
  if (recipient.action == Action::delayed) {
    put_lines(out, 8,
              recipient.will_retry_until
                  ? "It will be tried again until " +
                        mail::format_date(recipient.will_retry_until->when, recipient.will_retry_until->zone) + "."
                  : "It will be tried again.");
  }
  if (recipient.diagnostic_code) {
    put_lines(out, 8,
              recipient.remote_mta ? recipient.remote_mta->text + " said: " + recipient.diagnostic_code->text
                                   : recipient.diagnostic_code->text);
  }
  out += "\n";
}
}  // namespace

std::string delivery_notice(const DeliveryStatus& status) {
  std::string out;
  put_lines(out, 0,
            "This is an automatic message from the mail system " +
                (status.reporting_mta ? status.reporting_mta->text : std::string("here")) + ".");
  out += "\n";
  bool delayed = false;
  bool failed = false;
  for (const Section& section : kSections) {
    bool begun = false;
    for (const RecipientStatus& recipient : status.recipients) {
      if (recipient.action != section.action) continue;
      if (!begun) {
        put_lines(out, 0, section.title);
        out += "\n";
      }
      begun = true;
      put_recipient(out, recipient);
    }
    delayed = delayed || (begun && section.action == Action::delayed);
    failed = failed || (begun && section.action == Action::failed);
  }
  if (delayed) put_lines(out, 0, "You need not send the message again for those to whom it is still on its way.");
  if (failed) put_lines(out, 0, "If this does not help, ask your postmaster, and send this whole message along.");
  return out;
}

}  // namespace posthorn::mime
