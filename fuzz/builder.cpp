// Building: what is built of a message's values has no defect of its own and is read as the same values; edits keep
// what they need not change.
#include "posthorn/grammar/mime/builder.h"

#include <cstddef>
#include <string>
#include <vector>

#include "posthorn/bytes/codec/encoder.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/editor.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/testing/fakes.h"

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;
using mime::HeaderForm;
using mime::Message;
using mime::PartId;

std::string tree(const Message& message, PartId id) {
  std::string out = message.part(id).type + "/" + message.part(id).subtype + "(";
  for (const PartId child : message.children(id)) out += tree(message, child);
  return out + ")";
}

/// A text whatever its line ends; the last line of a message gets one where it has none.
std::string lines_of(std::string text) {
  std::erase(text, '\r');
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void check_encoders(std::string_view input) {
  for (const auto transfer : {codec::Transfer::base64, codec::Transfer::quoted_printable}) {
    const std::string encoded = codec::encode(transfer, input);
    fuzzing::check(codec::decode(transfer, encoded) == input, "what is encoded decodes to itself");
    fuzzing::check(codec::is_ascii(encoded), "an encoded body is ASCII");
    codec::Decoder decoder(transfer);
    std::string out;
    decoder.decode(encoded, out);
    decoder.finish(out);
    fuzzing::check(decoder.faults().empty(), "an encoded body has no fault");
  }
}

/// A text that a header takes is read as it was written, and none gets a line out of its field.
void check_fields(std::string_view input, HeaderForm form) {
  const auto field = mime::HeaderWriter(form).text("X", input).finish();
  if (field) {
    std::size_t count = 0;
    mime::FieldReader reader(*field);
    for (mime::Field found; reader.next(found); ++count) {
      fuzzing::check(mime::decode_words(mime::unfold(found.raw)) == input, "a text comes back");
    }
    fuzzing::check(count == 1, "a text is one field");
  }
  const std::vector<mime::Parameter> parameters{{"name", std::string(input)}, {"last", "1"}};
  const auto value = mime::HeaderWriter(form).value("X", "a/b", parameters).finish();
  if (value) {
    const auto type = mime::parse_content_type(value->substr(2));
    fuzzing::check(type && mime::decoded_parameter(type->parameters, "name") == input, "a parameter comes back");
    fuzzing::check(mime::decoded_parameter(type->parameters, "last") == "1", "and ends where it ends");
  }
  const std::vector<mail::Address> list{{.name = std::string(input), .local_part = "a", .domain = "b"}};
  const auto addresses = mime::HeaderWriter(form).addresses("To", list).finish();
  if (addresses && !input.empty()) {
    const auto again = mail::address_list(*mime::find_field(*addresses, "To"));
    fuzzing::check(again.size() == 1 && again[0].local_part == "a" && again[0].domain == "b", "an address comes back");
    fuzzing::check(mime::decode_words(again[0].name) == input, "a display name comes back");
  }
}

/// The octets of a part; of a text and of message/* its lines.
std::string content(const Message& message, PartId id) {
  const std::string& type = message.part(id).type;
  if (type == "text") return lines_of(mime::decode_text(message, id));
  return type == "message" ? lines_of(mime::decode_body(message, id)) : mime::decode_body(message, id);
}

/// What a message inside leaves open is found at the delimiter behind it.
bool is_inside_message(const Message& message, mime::Offset at) {
  for (const mime::Part& part : message.parts()) {
    if (part.is_message() && part.body <= at && at <= part.end + 2) return true;
  }
  return false;
}

/// Such parts are copied with what is wrong with them.
bool has_sealed_part(const Message& message) {
  for (const mime::Part& part : message.parts()) {
    if (part.is_multipart() && (part.subtype == "signed" || part.subtype == "encrypted")) return true;
  }
  return false;
}

void check_build(std::string_view input, HeaderForm form) {
  testing::SeededRandom random(1);
  const auto before = Message::index(input);
  const auto built = mime::build(mime::entity_of(before, PartId(0), form), random, {.form = form});
  fuzzing::check(built || built.error().code == Code::conflict, "values of a message can be built");
  if (!built) return;
  const auto after = Message::index(*built);
  const bool sealed = has_sealed_part(before);
  for (const mime::FoundDefect& d : after.defects()) {
    const bool utf8 = d.defect == mime::Defect::eight_bit_header && form == HeaderForm::utf8;
    fuzzing::check(utf8 || sealed || is_inside_message(after, d.at), "what was built has no defect");
  }
  if (tree(before, PartId(0)) != tree(after, PartId(0))) return;
  for (const mime::Part& part : before.parts()) {
    const bool leaf = before.children(part.id).empty() && !is_inside_message(before, part.header);
    if (!leaf || part.encoding == mime::Encoding::unknown || sealed) continue;
    fuzzing::check(content(before, part.id) == content(after, part.id), "what a part holds is built as it was");
  }
}

/// Some changes that the input chooses; all parts that they do not touch are still there.
void check_several(std::string_view input) {
  testing::SeededRandom random(1);
  const auto message = Message::index(input);
  mime::Editor editor(message, random);
  std::vector<bool> cut(message.parts().size(), false);
  const mime::Entity note{.body = mime::TextBody{.text = "note"}};
  for (std::size_t i = 0; i < std::min<std::size_t>(4, input.size()); ++i) {
    const auto choice = static_cast<unsigned char>(input[input.size() - 1 - i]);
    const PartId part(static_cast<std::uint32_t>((choice >> 3U) % message.parts().size()));
    const PartId parent = message.part(part).parent;
    const bool in_multipart = parent != part && message.part(parent).is_multipart();
    switch (choice % 7U) {
      case 0:
        if (in_multipart) editor.remove_part(part);
        break;
      case 1:
        if (in_multipart) editor.replace_part(part, note);
        break;
      case 2: editor.replace_body(part, note); break;
      case 3:
        if (!message.children(part).empty() && message.part(part).is_multipart()) editor.add_part(part, note);
        break;
      case 4:
        if (!in_multipart) editor.attach(part, note);
        break;
      case 5: editor.add_fields(part, "A: b\r\n", mime::Editor::Place::bottom); break;
      default: editor.replace_fields(part, "Subject", "Subject: s\r\n"); break;
    }
    if (choice % 7U < 3) cut[part.value()] = true;
  }
  const auto out = editor.finish();
  if (!out) return;
  for (const mime::Part& part : message.parts()) {
    if (cut[part.parent.value()]) cut[part.id.value()] = true;
    if (cut[part.id.value()] || !message.children(part.id).empty()) continue;
    fuzzing::check(out->contains(message.body(part.id)), "what is not touched stays");
  }
}

void check_edits(std::string_view input) {
  testing::SeededRandom random(1);
  const auto message = Message::index(input);
  const mime::Entity file{.body = mime::DataBody{.octets = "x", .type = "a/b"}};
  const auto apply = [&](auto edit) {
    mime::Editor editor(message, random);
    edit(editor);
    return editor.finish();
  };
  const auto same = apply([](mime::Editor&) {});
  fuzzing::check(same && *same == input, "no change is no change");
  const auto top = apply([](mime::Editor& e) { e.add_fields(PartId(0), "A: b\r\n"); });
  fuzzing::check(top && top->size() <= input.size() + 8 && mime::find_field(*top, "A").has_value(), "a field is added");
  const auto attached = apply([&](mime::Editor& e) { e.attach(PartId(0), file); });
  if (attached) {
    const auto after = Message::index(*attached);
    const auto children = after.children(PartId(0));
    fuzzing::check(!children.empty(), "a message with an attachment has parts");
    fuzzing::check(after.part(children.back()).type == "a" || message.parts().size() > 9000, "the attachment is last");
  }
  for (std::size_t i = 1; i < std::min<std::size_t>(message.parts().size(), 20); ++i) {
    const PartId id(static_cast<std::uint32_t>(i));
    (void)apply([&](mime::Editor& e) { e.remove_part(id); });
    (void)apply([&](mime::Editor& e) { e.replace_part(id, file); });
    const auto replaced = apply([&](mime::Editor& e) { e.replace_body(id, file); });
    fuzzing::check(replaced.has_value(), "any body can be replaced");
  }
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  check_encoders(input);
  check_edits(input);
  check_several(input);
  for (const HeaderForm form : {HeaderForm::ascii, HeaderForm::utf8}) {
    check_fields(input.substr(0, 2000), form);
    check_build(input, form);
  }
}
