// A parsed message as the values it would be built of.
#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/grammar/mime/header.h"

#include "grammar/mime/entity_writer.h"
#include "grammar/mime/parameter_writer.h"

namespace posthorn::mime {

namespace {
constexpr View kReplacement = "\xEF\xBF\xBD";

bool is_one_of(View name, std::span<const View> names) {
  return std::ranges::any_of(names, [&](View known) { return same_word(known, name); });
}

/// Parameters of one field that are written anew.
constexpr std::size_t kMaxParameters = 100;

/// How a field is written anew; one that nobody knows is text (RFC 5322 section 3.6.8).
FieldKind kind_of(View name) {
  if (same_word(name, "Return-Path")) return FieldKind::opaque;  // in brackets, which may be empty
  const FieldRow* row = field_row(name);
  return row == nullptr ? FieldKind::text : row->kind;
}

/// A field body as people read it, fit for a header: no line ends and other controls.
std::string text_of(View raw) {
  std::string out = decode_words(unfold(raw));
  std::ranges::replace_if(out, [](char c) { return chars::kCtl[c] && c != '\t'; }, ' ');
  return out;
}

/// RFC 6838 section 4.2.
bool is_type_name(View name) { return is_token(name) && name.size() <= 127; }

/// Lines that end in CRLF, and no NUL.
bool is_text(View octets) {
  frame::TextScanner scanner;
  return scanner.scan(octets) && scanner.finish();
}

/// Decoded parameters, each name once.
std::vector<Parameter> decoded(const std::vector<Parameter>& parameters, std::span<const View> without) {
  std::vector<Parameter> out;
  for (const Parameter& p : parameters) {
    const std::string name = p.name.substr(0, p.name.find('*'));
    if (!is_token(name) || name.size() > kMaxParameterName || is_one_of(name, without)) continue;
    if (out.size() == kMaxParameters || find_parameter(out, name) != nullptr) continue;
    auto value = decoded_parameter(parameters, name);
    if (!value || value->size() > kMaxParameterValue) continue;
    std::ranges::replace_if(*value, [](char c) { return chars::kCtl[c] && c != '\t'; }, ' ');
    out.push_back({name, std::move(*value)});
  }
  return out;
}

/// One field written anew, in the first of several ways that it can be.
std::string rewritten(const Field& field, HeaderForm form) {
  const auto tried = [&](auto write) {
    HeaderWriter writer(form);
    write(writer);
    return writer.finish().value_or("");
  };
  std::string out;
  const FieldKind kind = kind_of(field.name);
  const bool is_text = kind == FieldKind::text || kind == FieldKind::phrases;
  if (kind == FieldKind::addresses) {
    auto list = mail::address_list(field.raw);
    for (mail::Address& a : list) a.name = text_of(a.name);
    out = tried([&](HeaderWriter& w) { w.addresses(field.name, list); });
  } else if (same_word(field.name, "Content-Disposition")) {
    const auto disposition = parse_disposition(field.raw);
    if (disposition) {
      const auto parameters = decoded(disposition->parameters, {});
      out = tried([&](HeaderWriter& w) { w.value(field.name, disposition->kind, parameters); });
    }
  } else if (!is_text || !field.raw.contains("=?")) {
    out = tried([&](HeaderWriter& w) { w.raw(field.name, frame::with_crlf(field.raw)); });
  }
  if (!out.empty()) return out;
  return tried([&](HeaderWriter& w) { w.text(field.name, text_of(field.raw)); });
}

class Reader {
 public:
  Reader(const Message& message, HeaderForm form) : message_(message), form_(form) {}

  [[nodiscard]] Entity entity(PartId id) const {
    Entity out;
    FieldReader reader(message_.header(id));
    for (Field field; reader.next(field);) {
      if (!is_derived(field.name)) out.header += rewritten(field, form_);
    }
    body(id, out);
    return out;
  }

 private:
  void body(PartId id, Entity& out) const {
    const Part& part = message_.part(id);
    const auto children = message_.children(id);
    if (part.is_multipart() && !children.empty()) {
      out.body = multipart(id);
    } else if (part.is_message() && !children.empty()) {
      const auto type = type_of(id);
      out.body = MessageBody{own(message_.body(id)), type ? decoded(type->parameters, {}) : std::vector<Parameter>()};
    } else if (part.is_multipart()) {
      out.body = TextBody{.text = decode_text(message_, id)};
    } else {
      leaf(id, out);
    }
  }

  [[nodiscard]] std::optional<ContentType> type_of(PartId id) const {
    const auto raw = find_field(message_.header(id), "Content-Type");
    auto type = raw ? parse_content_type(*raw) : std::nullopt;
    if (type && (!is_type_name(type->type) || !is_type_name(type->subtype))) type.reset();
    return type;
  }

  [[nodiscard]] MultipartBody multipart(PartId id) const {
    const auto type = type_of(id);
    MultipartBody out;
    if (type) {
      out.subtype = type->subtype;
      constexpr std::array<View, 1> kWithout{"boundary"};
      out.parameters = decoded(type->parameters, kWithout);
    }
    const Part& part = message_.part(id);
    const bool sealed = part.subtype == "signed" || part.subtype == "encrypted";
    for (const PartId child : message_.children(id)) {
      out.parts.push_back(sealed ? Entity{.body = VerbatimBody{own(message_.whole(child))}} : entity(child));
    }
    return out;
  }

  void leaf(PartId id, Entity& out) const {
    const Part& part = message_.part(id);
    const auto type = type_of(id);
    const bool known = is_type_name(part.type) && is_type_name(part.subtype);
    const std::string read = known ? part.type + "/" + part.subtype : "application/octet-stream";
    const std::string whole = type ? type->type + "/" + type->subtype : read;
    if (part.type == "text" && part.encoding != Encoding::unknown) {
      std::string text = decode_text(message_, id);
      // What could not be read, and line ends that are none, stay octets: nothing of them is lost.
      if (!text.contains(kReplacement) && is_text(frame::with_crlf(text))) {
        constexpr std::array<View, 1> kWithout{"charset"};
        out.body = TextBody{std::move(text), type ? type->subtype : "plain",
                            type ? decoded(type->parameters, kWithout) : std::vector<Parameter>()};
        return;
      }
    }
    DataBody data{decode_body(message_, id), whole, {}};
    if (type) data.parameters = decoded(type->parameters, {});
    if (part.is_multipart() || part.is_message()) data.type = "application/octet-stream";  // closed, and stays so
    out.body = std::move(data);
  }

  const Message& message_;
  HeaderForm form_;
};
}  // namespace

Entity entity_of(const Message& message, PartId part, HeaderForm form) { return Reader(message, form).entity(part); }

}  // namespace posthorn::mime
