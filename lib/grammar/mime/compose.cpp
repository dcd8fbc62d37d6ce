#include "posthorn/grammar/mime/compose.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/grammar/mime/fields.h"

#include "grammar/mime/random_word.h"

namespace posthorn::mime {

namespace {
std::size_t mailboxes(const std::vector<mail::Address>& list) {
  return static_cast<std::size_t>(std::ranges::count(list, mail::Address::Kind::mailbox, &mail::Address::kind));
}

/// Fields that are members of a Composition, and Bcc, which stands nowhere.
bool is_written(View name) {
  const FieldRow* row = field_row(name);
  if (row == nullptr || !row->once) return false;
  return row->kind == FieldKind::addresses || row->kind == FieldKind::date || row->kind == FieldKind::ids ||
         same_word(name, "Subject");
}

/// What is wrong with the composition as a whole; nothing where it is empty.
View fault_of(const Composition& c) {
  if (mailboxes(c.from) == 0) return "From: nobody";
  if (mailboxes(c.sender) > 1 || mailboxes(c.sender) != c.sender.size()) return "Sender: not one address";
  if (mailboxes(c.from) > 1 && c.sender.empty()) return "Sender: several people in From need one who sends";
  if (c.html.empty() && !c.pictures.empty()) return "pictures without HTML that shows them";
  const auto is_member = [](const auto& field) { return is_written(field.first); };
  if (std::ranges::any_of(c.more, is_member)) return "a field among the others that has its own member";
  return {};
}

Entity part_of(const File& file, View disposition) {
  Entity out{.disposition = own(disposition), .content_id = file.content_id};
  if (!file.name.empty()) out.file_name = file.name;
  if (same_word(file.type, "message/rfc822") || same_word(file.type, "message/global")) {
    out.body = MessageBody{file.octets};
    return out;
  }
  DataBody data{.octets = file.octets, .type = file.type};
  const bool text = same_word(View(file.type).substr(0, 5), "text/");
  if (text && codec::is_utf8(file.octets)) data.parameters = {{"charset", "utf-8"}};
  out.body = std::move(data);
  return out;
}

Entity multipart(View subtype, Entity first, std::vector<Parameter> parameters = {}) {
  MultipartBody body{.subtype = own(subtype), .parameters = std::move(parameters)};
  body.parts.push_back(std::move(first));
  return {.body = std::move(body)};
}

void add(Entity& multipart, Entity part) { std::get<MultipartBody>(multipart.body).parts.push_back(std::move(part)); }

/// HTML, with its pictures where there are any.
Entity html_of(const Composition& c) {
  Entity html{.body = TextBody{.text = c.html, .subtype = "html"}};
  if (c.pictures.empty()) return html;
  Entity out = multipart("related", std::move(html), {{"type", "text/html"}});
  for (const File& picture : c.pictures) add(out, part_of(picture, "inline"));
  return out;
}

Entity texts_of(const Composition& c) {
  Entity text{.body = TextBody{.text = c.text}};
  if (c.html.empty()) return text;
  if (c.text.empty()) return html_of(c);
  Entity out = multipart("alternative", std::move(text));
  add(out, html_of(c));
  return out;
}

Result<std::string> header_of(const Composition& c, Random& random, HeaderForm form) {
  std::string id = c.message_id;
  if (id.empty()) {
    const auto sender = std::ranges::find(c.from, mail::Address::Kind::mailbox, &mail::Address::kind);
    id = new_message_id(random, mail::ascii_domain(sender->domain).value_or(sender->domain));
  }
  HeaderWriter writer(form);
  writer.date("Date", c.date, c.zone)
      .addresses("From", c.from)
      .addresses("Sender", c.sender)
      .addresses("Reply-To", c.reply_to)
      .addresses("To", c.to)
      .addresses("Cc", c.cc);
  if (!c.subject.empty()) writer.text("Subject", c.subject);
  writer.message_ids("Message-ID", std::span(&id, 1))
      .message_ids("In-Reply-To", c.in_reply_to)
      .message_ids("References", c.references);
  for (const auto& [name, text] : c.more) {
    const FieldRow* row = field_row(name);
    const bool is_text = row == nullptr || row->kind == FieldKind::text || row->kind == FieldKind::phrases;
    if (is_text) {
      writer.text(name, text);
    } else {
      writer.structured(name, text);
    }
  }
  return writer.finish();
}
}  // namespace

std::string new_message_id(Random& random, View domain) { return random_word(random) + "@" + own(domain); }

Result<Entity> arrange(const Composition& composition, Random& random, HeaderForm form) {
  const View fault = fault_of(composition);
  if (!fault.empty()) return fail(caller_error(Code::misuse, fault));
  auto header = header_of(composition, random, form);
  if (!header) return fail(header.error());
  Entity out = texts_of(composition);
  if (!composition.files.empty()) out = multipart("mixed", std::move(out));
  for (const File& file : composition.files) add(out, part_of(file, "attachment"));
  out.header = std::move(*header);
  return out;
}

Result<std::string> compose(const Composition& composition, Random& random, const BuildOptions& options) {
  const auto message = arrange(composition, random, options.form);
  if (!message) return fail(message.error());
  return build(*message, random, options);
}

}  // namespace posthorn::mime
