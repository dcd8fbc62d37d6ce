#include "protocol/sieve/extensions/enclose.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/fields.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/edit.h"
#include "protocol/sieve/field_name.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

void check_headers(Check& check, const TagRow& tag) {
  for (const Check::Constant& name : check.constants(tag)) {
    if (!is_field_name(name.text)) check.error(name.at, "\"" + own(name.text) + "\" is no name of a header field");
  }
}

constexpr TagRow kSubject{.name = "subject", .value = Value::string};
constexpr TagRow kHeaders{.name = "headers", .value = Value::strings, .check = check_headers};
constexpr std::array kTags{&kSubject, &kHeaders};

/// Fields that say what is around, not what is inside.
bool is_copied(View name) { return !same_word(name.substr(0, 8), "Content-") && !same_word(name, "MIME-Version"); }

/// A field as it stands; nothing where no field may look so.
std::string copied(const mime::Field& field) {
  std::string body;
  for (std::size_t i = 0; i < field.raw.size(); ++i) {
    if (field.raw[i] == '\n' && !body.ends_with('\r')) body += '\r';
    body += field.raw[i];
  }
  const std::size_t begin = body.find_first_not_of(" \t");
  auto out = mime::HeaderWriter().raw(field.name, begin == std::string::npos ? "" : View(body).substr(begin)).finish();
  return out ? std::move(*out) : std::string();
}

/// RFC 5703 section 6: what is not copied is from now and from the user.
Result<std::string> header_of(Call& call) {
  Run& run = call.run();
  const mime::Fields fields(run.mail().header());
  const std::vector<std::string> names = call.texts(kHeaders);
  const auto copies = [&](View name) {
    return std::ranges::any_of(names, [&](const std::string& each) { return same_word(each, name); });
  };
  mime::HeaderWriter writer;
  const auto me =
      run.subject().envelope.to ? mail::parse_mailbox(*run.subject().envelope.to, true) : Result<mail::Mailbox>();
  if (!copies("From") && me && !me->local_part.empty()) {
    const mail::Address from{.local_part = me->local_part, .domain = me->domain};
    writer.addresses("From", std::span(&from, 1));
  }
  if (!copies("Date")) writer.date("Date", run.environment().now(), run.environment().zone());
  const auto subject = call.text(kSubject);
  if (subject || !copies("Subject"))
    writer.text("Subject", subject ? own(*subject) : fields.text("Subject").value_or(""));
  auto out = writer.finish();
  if (!out) return out;
  for (const std::string& name : names) {
    if (!is_copied(name) || (subject && same_word(name, "Subject"))) continue;
    for (const mime::Field& field : fields.all(name)) *out += copied(field);
  }
  return out;
}

Flow run(Call& call) {
  Run& run = call.run();
  auto header = header_of(call);
  if (!header) {
    run.fail("the message cannot be enclosed: " + header.error().note);
    return Flow::stop;
  }
  const View octets = run.mail().octets();
  mime::MultipartBody body;
  body.parts.push_back({.body = mime::TextBody{.text = own(call.text(0))}});
  body.parts.push_back({.body = mime::MessageBody{.octets = own(octets)}});
  const mime::Entity entity{.header = std::move(*header), .body = std::move(body)};
  BoundarySource random(octets);
  return enclose_message(run, mime::build(entity, random)) ? Flow::next : Flow::stop;
}

constexpr std::array kText{Parameter{Value::string}};
constexpr Row kEnclose{.name = "enclose",
                       .source = "RFC 5703 section 6",
                       .example = "enclose :subject \"Warning\" \"The enclosed message might be unsafe.\";",
                       .parameters = kText,
                       .tags = kTags,
                       .run = run};
constexpr std::array kCommands{&kEnclose};

}  // namespace

constexpr Extension enclose{.name = "enclose", .source = "RFC 5703 section 6", .commands = kCommands};

}  // namespace posthorn::sieve::extensions
