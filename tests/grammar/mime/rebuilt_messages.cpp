// Published messages taken apart into values, built anew and read again: the same tree, texts, octets and fields.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mime/attachment.h"
#include "posthorn/grammar/mime/bodies.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/testing/fakes.h"

#include "shared_data.h"

using namespace posthorn;
using mime::Message;
using mime::PartId;

namespace {
/// What no message may have, so that it is written otherwise: docs/mime-building.md.
const std::set<std::string> kOthers = {
    // message/rfc822 in base64 (RFC 2046 section 5.2.1): it stays closed, as data.
    "008.eml", "bad-newlines-multiple-parts-base64.msg", "base64encoded-rfc822message-nested.msg",
    "base64encoded-rfc822message.msg", "multi-2gifs-base64.msg",
    // A multipart without parts (RFC 2046 section 5.1.1 wants one): the plain text that it is shown as.
    "badbound.msg", "ending-boundaries.msg", "missing-boundary.msg", "missing-inner-boundary.msg",
    "missing-inner-start-boundary.msg", "multipartnopart.msg", "very-very-long-boundary.msg"};

std::string without_cr(std::string text) {
  std::erase(text, '\r');
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// What a reader gets of a field, white space and the order of parameters left out.
std::string value_of(const mime::Field& field) {
  std::string out;
  for (const View name : {"From", "To", "Cc", "Sender", "Reply-To"}) {
    if (!same_word(name, field.name)) continue;
    for (const mail::Address& a : mail::address_list(field.raw)) {
      out += mime::decode_words(a.name) + "<" + a.local_part + "@" + a.domain + ">,";
    }
    return out;
  }
  for (const char c : mime::decode_words(mime::unfold(field.raw))) {
    if (c != ' ' && c != '\t') out += c;
  }
  return out;
}

/// A line for each part: its type, names, fields and what it holds, digested.
void describe(const Message& message, PartId id, std::string& out) {
  const mime::Part& part = message.part(id);
  const auto children = message.children(id);
  out += part.type + "/" + part.subtype + " " + mime::disposition_of(message, id) + " " +
         mime::given_name(message, id).value_or("") + "\n";
  mime::FieldReader reader(message.header(id));
  for (mime::Field field; reader.next(field);) {
    const bool told_above = same_word(field.name, "Content-Type") || same_word(field.name, "Content-Disposition");
    if (told_above || same_word(field.name, "MIME-Version") || same_word(field.name, "Content-Transfer-Encoding"))
      continue;
    out += own(field.name) + ": " + value_of(field) + "\n";
  }
  if (children.empty()) {
    out +=
        "[" + without_cr(part.type == "text" ? mime::decode_text(message, id) : mime::decode_body(message, id)) + "]\n";
  }
  for (const PartId child : children) describe(message, child, out);
}

std::string described(View octets) {
  std::string out;
  describe(Message::index(octets), PartId(0), out);
  return out;
}
/// Messages inside are copied with what is wrong with them; UTF-8 is what the other form of a header is made of.
bool has_defect(const Message& message, mime::HeaderForm form) {
  return std::ranges::any_of(message.defects(), [&](const mime::FoundDefect& d) {
    if (d.defect == mime::Defect::eight_bit_header && form == mime::HeaderForm::utf8) return false;
    return std::ranges::none_of(message.parts(), [&](const mime::Part& part) {
      return part.is_message() && part.body <= d.at && d.at < part.end;
    });
  });
}
}  // namespace

TEST_CASE("rebuilt messages: what is built of a message's values is the same message") {
  const auto files = testing::published_messages();
  CHECK((files.empty() || files.size() == 90));
  std::size_t equal = 0;
  for (const auto& file : files) {
    const std::string octets = testing::read_whole_file(file);
    testing::SeededRandom random(1);
    for (const auto form : {mime::HeaderForm::ascii, mime::HeaderForm::utf8}) {
      const auto built = mime::build(mime::entity_of(Message::index(octets), PartId(0), form), random, {.form = form});
      CAPTURE(file.filename().string());
      if (!built) FAIL_CHECK(built.error().note);
      if (!built) continue;
      const bool same = described(octets) == described(*built);
      equal += same ? 1 : 0;
      CHECK(same != kOthers.contains(file.filename().string()));
      CHECK_FALSE(has_defect(Message::index(*built), form));
    }
  }
  MESSAGE(equal << " of " << 2 * files.size() << " are equal");
}
