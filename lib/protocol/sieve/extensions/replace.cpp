#include "protocol/sieve/extensions/replace.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "posthorn/grammar/mime/editor.h"
#include "posthorn/grammar/mime/fields.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/edit.h"
#include "protocol/sieve/extensions/foreverypart.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

bool is_mailbox_list(View text) {
  const auto list = mail::address_list(text);
  return !list.empty() && std::ranges::all_of(list, [](const mail::Address& each) {
    return each.kind == mail::Address::Kind::mailbox && !each.domain.empty();
  });
}

void check_from(Check& check, const TagRow& tag) {
  for (const Check::Constant& from : check.constants(tag)) {
    if (!is_mailbox_list(from.text)) check.error(from.at, "\"" + own(from.text) + "\" is no list of addresses");
  }
}

constexpr TagRow kMime{.name = "mime"};
constexpr TagRow kSubject{.name = "subject", .value = Value::string};
constexpr TagRow kFrom{.name = "from", .value = Value::string, .check = check_from};
constexpr std::array kTags{&kMime, &kSubject, &kFrom};

/// What is there instead; ":mime" brings an entity with a header of its own.
mime::Entity entity_of(View text, bool whole) {
  if (!whole) return {.body = mime::TextBody{.text = own(text)}};
  const mime::Message given = mime::Message::index(text);
  return mime::entity_of(given);
}

/// What a field said before stays beside it (RFC 5703 section 5).
bool put_fields(Run& run, mime::Editor& editor, View name, Result<std::string> before, Result<std::string> now) {
  if (!before || !now) {
    run.fail("this is no value of the field " + own(name));
    return false;
  }
  if (!before->empty()) editor.replace_fields(mime::PartId(0), "Original-" + own(name), *before);
  editor.replace_fields(mime::PartId(0), name, *now);
  return true;
}

bool relabel(Call& call, mime::Editor& editor) {
  Run& run = call.run();
  const mime::Fields fields(run.mail().header());
  if (const auto subject = call.text(kSubject)) {
    mime::HeaderWriter before;
    if (const auto old = fields.text("Subject")) before.text("Original-Subject", *old);
    if (!put_fields(run, editor, "Subject", before.finish(), mime::HeaderWriter().text("Subject", *subject).finish()))
      return false;
  }
  const auto from = call.text(kFrom);
  if (!from || !is_mailbox_list(*from)) return true;
  mime::HeaderWriter before;
  before.addresses("Original-From", fields.addresses("From"));
  return put_fields(run, editor, "From", before.finish(),
                    mime::HeaderWriter().addresses("From", mail::address_list(*from)).finish());
}

Flow run(Call& call) {
  Run& run = call.run();
  Mail& mail = run.mail();
  const mime::Message& message = mail.tree();
  const mime::PartId part = mail.part();
  BoundarySource random(mail.octets());
  mime::Editor editor(message, random);
  const std::string text = own(call.text(0));
  const mime::Entity entity = entity_of(text, call.has(kMime));
  const bool in_multipart = part != mime::PartId(0) && message.part(message.part(part).parent).is_multipart();
  if (in_multipart) {
    editor.replace_part(part, entity);
  } else {
    editor.replace_body(part, entity);
  }
  if (part == mime::PartId(0) && !relabel(call, editor)) return Flow::stop;
  Loops& loops = run.state<Loops>();
  if (!loops.open.empty()) loops.open.back().replaced = true;
  return change_message(run, editor.finish()) ? Flow::next : Flow::stop;
}

constexpr std::array kText{Parameter{Value::string}};
constexpr Row kReplace{.name = "replace",
                       .source = "RFC 5703 section 5",
                       .example = "replace \"Executable attachment removed by user filter\";",
                       .parameters = kText,
                       .tags = kTags,
                       .run = run};
constexpr std::array kCommands{&kReplace};

}  // namespace

constexpr Extension replace{.name = "replace", .source = "RFC 5703 section 5", .commands = kCommands};

}  // namespace posthorn::sieve::extensions
