#include "posthorn/grammar/mime/compose.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/mail/domain.h"

#include "grammar/mime/random_word.h"

namespace posthorn::mime {

namespace {
std::size_t mailboxes(const std::vector<mail::Address>& list) {
  return static_cast<std::size_t>(std::ranges::count(list, mail::Address::Kind::mailbox, &mail::Address::kind));
}

/// What is wrong with the composition as a whole; nothing where it is empty.
View fault_of(const Composition& c) {
  if (mailboxes(c.from) == 0) return "From: nobody";
  if (mailboxes(c.sender) > 1 || mailboxes(c.sender) != c.sender.size()) return "Sender: not one address";
  if (mailboxes(c.from) > 1 && c.sender.empty()) return "Sender: several people in From need one who sends";
  if (c.html.empty() && !c.pictures.empty()) return "pictures without HTML that shows them";
  return {};
}

Entity part_of(const File& file, View disposition) {
  return {.body = DataBody{.octets = file.octets, .type = file.type},
          .disposition = own(disposition),
          .file_name = file.name,
          .content_id = file.content_id};
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
    id = new_message_id(random, mail::ascii_domain(sender->domain).value_or("localhost"));
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
  for (const auto& [name, text] : c.more) writer.text(name, text);
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
