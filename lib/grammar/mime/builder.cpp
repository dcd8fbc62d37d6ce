#include "posthorn/grammar/mime/builder.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "posthorn/bytes/codec/encoder.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mime/header.h"

#include "grammar/mime/entity_writer.h"
#include "grammar/mime/field_text.h"
#include "grammar/mime/random_word.h"

namespace posthorn::mime {

namespace {
/// Programs that keep mail in mbox files change such a line.
bool has_from_line(View text) { return text.starts_with("From ") || text.contains("\r\nFrom "); }

/// What quoted-printable makes of a text, about.
std::size_t quoted_printable_cost(View text) {
  std::size_t cost = 0;
  for (const char c : text) {
    const bool plain = (c >= ' ' && c <= '~' && c != '=') || c == '\t' || c == '\r' || c == '\n';
    cost += plain ? 1 : 3;
  }
  return cost;
}

/// Quoted-printable can be read by eye, so it may be longer by half.
codec::Transfer transfer_for(View text) {
  return quoted_printable_cost(text) <= text.size() * 2 ? codec::Transfer::quoted_printable : codec::Transfer::base64;
}

std::string encoded(codec::Transfer transfer, View octets) {
  std::string out = codec::encode(transfer, octets);
  if (transfer == codec::Transfer::base64 && out.ends_with("\r\n")) out.resize(out.size() - 2);
  return out;
}

bool has_field(View header, View name) { return find_field(header, name).has_value(); }

/// Whether a header of a message or of a part in it is beyond ASCII (RFC 6532 section 3.7).
bool has_utf8_header(const Message& message) {
  bool beyond = false;
  for (const Part& part : message.parts()) {
    if (!codec::is_utf8(message.header(part.id))) return false;  // it is in nothing that a type could name
    beyond = beyond || !codec::is_ascii(message.header(part.id));
  }
  return beyond;
}
}  // namespace

View word_of(Octets octets) {
  switch (octets) {
    case Octets::seven_bit: return "7bit";
    case Octets::eight_bit: return "8bit";
    case Octets::binary: return "binary";
  }
  return {};
}

Octets consists_of(View octets) {
  bool eight_bit = false;
  std::size_t line = 0;
  for (std::size_t i = 0; i < octets.size(); ++i, ++line) {
    const char c = octets[i];
    if (c == '\r' && octets.substr(i + 1, 1) == "\n") {
      ++i;
      line = static_cast<std::size_t>(-1);
    } else if (c == '\0' || c == '\r' || c == '\n' || line >= kLongestLine) {
      return Octets::binary;
    }
    eight_bit = eight_bit || static_cast<unsigned char>(c) >= 0x80;
  }
  return eight_bit ? Octets::eight_bit : Octets::seven_bit;
}

bool collide(View boundary, View other) {
  const auto same = [](View a, View b) { return a == b || (a.starts_with(b) && a.substr(b.size()) == "--"); };
  return !boundary.empty() && !other.empty() && (same(boundary, other) || same(other, boundary));
}

bool is_derived(View field_name) {
  constexpr std::array<View, 3> kDerived{"MIME-Version", "Content-Type", "Content-Transfer-Encoding"};
  return std::ranges::any_of(kDerived, [&](View derived) { return same_word(derived, field_name); });
}

void EntityWriter::fail(Code code, View why) {
  if (!error_) error_ = caller_error(code, why);
}

bool EntityWriter::has_delimiter(View body) const {
  const auto begins = [&](View line) {
    return std::ranges::any_of(boundaries_, [&](const std::string& boundary) { return line.starts_with(boundary); });
  };
  if (boundaries_.empty()) return false;
  if (begins(body)) return true;
  for (std::size_t at = body.find("\n--"); at != View::npos; at = body.find("\n--", at + 1)) {
    if (begins(body.substr(at + 1))) return true;
  }
  return false;
}

std::string EntityWriter::fields(const Entity& entity, View type, std::vector<Parameter> parameters, View encoding) {
  HeaderWriter writer(options_.form);
  if (entity.file_name) parameters.push_back({"name", *entity.file_name});
  writer.value("Content-Type", type, parameters);
  if (encoding != "7bit") writer.value("Content-Transfer-Encoding", encoding);
  parameters.clear();
  if (entity.file_name) parameters.push_back({"filename", *entity.file_name});
  const View disposition = entity.disposition.empty() && entity.file_name ? View("attachment") : entity.disposition;
  if (!disposition.empty()) writer.value("Content-Disposition", disposition, parameters);
  if (!entity.content_id.empty()) writer.message_ids("Content-ID", std::span(&entity.content_id, 1));
  auto out = writer.finish();
  if (out) return std::move(*out);
  if (!error_) error_ = out.error();
  return {};
}

EntityWriter::Content EntityWriter::body(const TextBody& text, const Entity& entity) {
  std::string lines = frame::with_crlf(text.text);
  if (!codec::is_utf8(lines)) fail(Code::syntax, "a text is not UTF-8");
  if (find_parameter(text.parameters, "charset") != nullptr) fail(Code::misuse, "the charset is not to be chosen");
  const Octets kind = consists_of(lines);
  const bool as_it_is = (kind == Octets::seven_bit || (kind == Octets::eight_bit && options_.eight_bit)) &&
                        !has_from_line(lines) && !has_delimiter(lines);
  std::vector<Parameter> parameters{{"charset", codec::is_ascii(lines) ? "us-ascii" : "utf-8"}};
  parameters.insert(parameters.end(), text.parameters.begin(), text.parameters.end());
  const std::string type = "text/" + text.subtype;
  if (as_it_is) {
    std::string header = fields(entity, type, std::move(parameters), word_of(kind));
    return {std::move(header), std::move(lines), kind};
  }
  const codec::Transfer transfer = transfer_for(lines);
  std::string body = encoded(transfer, lines);
  const bool quoted = transfer == codec::Transfer::quoted_printable && !has_delimiter(body);
  if (!quoted) body = encoded(codec::Transfer::base64, lines);
  return {fields(entity, type, std::move(parameters), quoted ? "quoted-printable" : "base64"), std::move(body)};
}

EntityWriter::Content EntityWriter::body(const DataBody& data, const Entity& entity) {
  const View type = View(data.type).substr(0, data.type.find('/'));
  const bool has_own_kind =
      same_word(type, "multipart") || same_word(data.type, "message/rfc822") || same_word(data.type, "message/global");
  if (has_own_kind || !data.type.contains('/')) fail(Code::misuse, "no type for data: " + data.type);
  if (!same_word(type, "message")) {
    return {fields(entity, data.type, data.parameters, "base64"), encoded(codec::Transfer::base64, data.octets)};
  }
  std::string lines = ready(data.octets);
  const Octets kind = consists_of(lines);
  return {fields(entity, data.type, data.parameters, word_of(kind)), std::move(lines), kind};
}

/// Whether a multipart among these parts would take a delimiter of what is around it for its own.
bool EntityWriter::takes_delimiter(const Message& message) const {
  return std::ranges::any_of(message.parts(), [&](const Part& part) {
    return std::ranges::any_of(foreign_, [&](const std::string& outer) { return collide(part.boundary, outer); });
  });
}

/// Octets that go as they are.
std::string EntityWriter::ready(View octets) {
  std::string lines = frame::with_crlf(octets);
  const bool ends = has_delimiter(lines) || (!foreign_.empty() && takes_delimiter(Message::index(lines)));
  if (ends) fail(Code::conflict, "a part has a delimiter of the multipart around it");
  return lines;
}

EntityWriter::Content EntityWriter::body(const MessageBody& message, const Entity& entity) {
  std::string lines = ready(message.octets);
  const Octets kind = consists_of(lines);
  const View type = has_utf8_header(Message::index(lines)) ? "message/global" : "message/rfc822";
  std::string header = fields(entity, type, message.parameters, word_of(kind));
  return {std::move(header), std::move(lines), kind};
}

EntityWriter::Content EntityWriter::body(const VerbatimBody& part, const Entity& entity) {
  const bool alone =
      entity.header.empty() && entity.disposition.empty() && !entity.file_name && entity.content_id.empty();
  if (!alone) fail(Code::misuse, "a ready part has its fields already");
  std::string lines = ready(part.octets);
  const Octets kind = consists_of(lines);
  return {{}, std::move(lines), kind};
}

EntityWriter::Content EntityWriter::body(const MultipartBody& multipart, const Entity& entity) {
  if (multipart.parts.empty()) fail(Code::misuse, "a multipart needs a part");
  if (find_parameter(multipart.parameters, "boundary") != nullptr)
    fail(Code::misuse, "the boundary is not to be chosen");
  if (++depth_ > kMaxEntityDepth) fail(Code::too_many, "parts inside each other");
  const std::string boundary = "=_" + random_word(random_);  // "=_" is in nothing that is encoded
  boundaries_.push_back("--" + boundary);
  Content out;
  for (const Entity& part : multipart.parts) {
    if (error_) break;
    out.body += (out.body.empty() ? "--" : "\r\n--") + boundary + "\r\n";
    out.body += this->entity(part, false, out.octets);
  }
  out.body += "\r\n--" + boundary + "--";
  boundaries_.pop_back();
  --depth_;
  std::vector<Parameter> parameters = multipart.parameters;
  parameters.push_back({"boundary", boundary});
  out.fields = fields(entity, "multipart/" + multipart.subtype, std::move(parameters), word_of(out.octets));
  return out;
}

/// The fields that came ready, beside those that are written here.
void EntityWriter::check_header(const Entity& entity) {
  if (!are_fields(entity.header)) fail(Code::misuse, "the header is not made of fields");
  FieldReader reader(entity.header);
  for (Field field; reader.next(field);) {
    if (is_derived(field.name)) fail(Code::misuse, "a field in the header follows from the body");
  }
  const bool disposition = !entity.disposition.empty() || entity.file_name;
  if (disposition && has_field(entity.header, "Content-Disposition")) fail(Code::misuse, "two Content-Disposition");
  if (!entity.content_id.empty() && has_field(entity.header, "Content-ID")) fail(Code::misuse, "two Content-ID");
}

EntityWriter::Content EntityWriter::content(const Entity& entity) {
  return std::visit([&](const auto& kind) { return body(kind, entity); }, entity.body);
}

std::string EntityWriter::entity(const Entity& entity, bool is_message, Octets& octets) {
  check_header(entity);
  Content content = this->content(entity);
  octets = std::max(octets, content.octets);
  if (std::holds_alternative<VerbatimBody>(entity.body)) return std::move(content.body);
  std::string out = entity.header;
  if (is_message) out += "MIME-Version: 1.0\r\n";
  return out.append(content.fields).append("\r\n").append(content.body);
}

Result<std::string> EntityWriter::write(const Entity& entity, bool is_message, Octets& octets) {
  std::string out = this->entity(entity, is_message, octets);
  if (error_) return posthorn::fail(*error_);
  return out;
}

Result<std::string> build(const Entity& message, Random& random, const BuildOptions& options) {
  Octets octets = Octets::seven_bit;
  auto out = EntityWriter(random, options).write(message, true, octets);
  if (out && !out->ends_with("\r\n")) *out += "\r\n";
  return out;
}

}  // namespace posthorn::mime
