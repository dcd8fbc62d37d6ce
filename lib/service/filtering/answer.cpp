#include "service/filtering/answer.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/compose.h"
#include "posthorn/grammar/mime/disposition_notification.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/grammar/mime/report.h"
#include "posthorn/grammar/mime/thread.h"

namespace posthorn::filtering {

namespace {

constexpr std::size_t kReferences = 50;

mime::Composition reply(const Occasion& occasion) {
  mime::Composition message;
  message.date = occasion.now;
  message.from = {occasion.from};
  message.to = {address_of(occasion.to)};
  const mime::ThreadLinks links = mime::thread_links(occasion.header);
  if (!links.message_id.empty()) message.in_reply_to = {links.message_id};
  message.references = references_to(occasion.header);
  return message;
}

/// Line ends become CRLF.
std::string lines(View text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out.push_back('\r');
    out.push_back(text[i]);
  }
  return out;
}

/// The fields of an entity that say what it is, and its body: a script adds no others to the header of an answer.
Result<std::string> mime_part(View entity) {
  constexpr View kContent = "Content-";
  const View header = mime::header_of(entity);
  std::string fields;
  mime::FieldReader reader(header);
  for (mime::Field field; reader.next(field);) {
    const bool content =
        field.name.size() > kContent.size() && same_word(field.name.substr(0, kContent.size()), kContent);
    if (content) fields += own(field.name) + ":" + own(field.raw) + "\r\n";
  }
  if (fields.empty()) return fail(caller_error(Code::syntax, "an answer that is no MIME entity"));
  View body = entity.substr(header.size());
  body.remove_prefix(body.starts_with("\r\n") ? 2 : body.starts_with("\n") ? 1 : 0);
  return "MIME-Version: 1.0\r\n" + lines(fields + "\r\n" + own(body));
}

}  // namespace

mail::Address address_of(View address) {
  const auto mailbox = mail::parse_mailbox(address, true);
  if (!mailbox) return {.local_part = own(address)};
  return {.local_part = mailbox->local_part, .domain = mailbox->domain};
}

std::string one_line(View text) {
  std::string line;
  for (const char c : codec::is_utf8(text) ? text : View("?")) line.push_back(chars::kCtl[c] ? ' ' : c);
  const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
  return line.substr(first, line.find_last_not_of(' ') + 1 - first);
}

std::vector<std::string> references_to(View header) {
  mime::ThreadLinks links = mime::thread_links(header);
  std::vector<std::string> ids = links.ancestors();
  if (ids.size() > kReferences) ids.erase(ids.begin() + 1, ids.end() - kReferences);
  if (!links.message_id.empty()) ids.push_back(std::move(links.message_id));
  return ids;
}

Result<std::string> compose_answer(const sieve::Vacation& wishes, const Occasion& occasion, Random& random) {
  mime::Composition message = reply(occasion);
  const std::string subject = mime::Fields(occasion.header).text("Subject").value_or(std::string());
  message.subject = one_line(!wishes.subject.empty() ? wishes.subject
                             : subject.empty()       ? "Automated reply"
                                                     : "Auto: " + subject);
  message.more = {{"Auto-Submitted", "auto-replied (vacation)"}};
  if (!wishes.mime) message.text = wishes.reason;
  Result<mime::Entity> entity = mime::arrange(message, random);
  if (!entity) return fail(std::move(entity.error()));
  if (!wishes.mime) return mime::build(*entity, random);
  return map(mime_part(wishes.reason), [&](const std::string& part) { return entity->header + part; });
}

Result<std::string> compose_refusal(View reason, View account, View message, const Occasion& occasion, Random& random) {
  mime::DispositionNotification refused;
  refused.final_recipient = mail::TypedText{.type = "rfc822", .text = own(account)};
  refused.original_message_id = mime::thread_links(occasion.header).message_id;
  refused.disposition = mime::ReportedDisposition{.action_mode = mime::ActionMode::automatic_action,
                                                  .sending_mode = mime::SendingMode::mdn_sent_automatically,
                                                  .type = mime::DispositionType::deleted};
  Result<mime::Entity> report = mime::arrange(refused, message, {.text = own(reason)});
  if (!report) return fail(std::move(report.error()));
  mime::HeaderWriter fields;
  const mail::Address to = address_of(occasion.to);
  const std::string id = mime::new_message_id(random, occasion.from.domain);
  const std::vector<std::string> references = references_to(occasion.header);
  const auto header = fields.addresses("From", std::span(&occasion.from, 1))
                          .addresses("To", std::span(&to, 1))
                          .text("Subject", "Your message was refused")
                          .date("Date", occasion.now)
                          .message_ids("Message-ID", std::span(&id, 1))
                          .message_ids("References", references)
                          .finish();
  if (!header) return fail(header.error());
  report->header = *header + report->header;
  return mime::build(*report, random);
}

Result<std::string> compose_complaint(View script, const sieve::Diagnostic& what, const Occasion& occasion,
                                      Random& random) {
  const mime::Fields fields(occasion.header);
  mime::Composition message;
  message.date = occasion.now;
  message.from = {occasion.from};
  message.to = {address_of(occasion.to)};
  message.subject = "Your mail filter did not work";
  message.more = {{"Auto-Submitted", "auto-generated"}};
  message.text = "The filter script \"" + one_line(script) + "\" stopped in line " + std::to_string(what.at.line) +
                 ", column " + std::to_string(what.at.column) + ":\n\n    " + one_line(what.text) +
                 "\n\nThe message that it was run for is in your inbox, as if there was no filter:\n\n    From: " +
                 one_line(fields.text("From").value_or(std::string())) +
                 "\n    Subject: " + one_line(fields.text("Subject").value_or(std::string())) +
                 "\n\nYou are told of this script once a day at most.\n";
  return mime::compose(message, random);
}

}  // namespace posthorn::filtering
