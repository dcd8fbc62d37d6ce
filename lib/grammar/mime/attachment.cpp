#include "posthorn/grammar/mime/attachment.h"

#include <algorithm>
#include <array>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/bodies.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"

#include "grammar/cfws.h"

namespace posthorn::mime {

namespace {
struct Extension {
  View type;
  View extension;
};
/// Where the subtype is not the extension.
constexpr std::array<Extension, 26> kExtensions{{
    {"application/gzip", "gz"},
    {"application/javascript", "js"},
    {"application/msword", "doc"},
    {"application/octet-stream", "bin"},
    {"application/pgp-encrypted", "asc"},
    {"application/pgp-keys", "asc"},
    {"application/pgp-signature", "asc"},
    {"application/pkcs7-mime", "p7m"},
    {"application/pkcs7-signature", "p7s"},
    {"application/vnd.ms-excel", "xls"},
    {"application/vnd.ms-powerpoint", "ppt"},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
    {"application/x-pkcs7-signature", "p7s"},
    {"audio/mpeg", "mp3"},
    {"image/svg+xml", "svg"},
    {"image/vnd.microsoft.icon", "ico"},
    {"message/delivery-status", "txt"},
    {"message/disposition-notification", "txt"},
    {"message/global", "eml"},
    {"message/rfc822", "eml"},
    {"text/calendar", "ics"},
    {"text/plain", "txt"},
    {"text/rfc822-headers", "txt"},
    {"video/quicktime", "mov"},
}};
static_assert(std::ranges::is_sorted(kExtensions, {}, &Extension::type));

std::string type_of(const Part& part) { return part.type + "/" + part.subtype; }

std::string extension_of(const Part& part) {
  const std::string type = type_of(part);
  const auto found = std::ranges::lower_bound(kExtensions, View(type), {}, &Extension::type);
  if (found != kExtensions.end() && found->type == type) return own(found->extension);
  constexpr std::size_t kLongest = 5;
  const bool word = !part.subtype.empty() && part.subtype.size() <= kLongest &&
                    std::ranges::all_of(part.subtype, [](char c) { return chars::kAlnum[c]; });
  return word ? part.subtype : "bin";
}

bool is_invisible(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool direction =
      c == 0x61C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  const bool nothing = c == 0x180E || c == 0x200B || c == 0x2028 || c == 0x2029 || (c >= 0x2060 && c <= 0x2065) ||
                       c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
  return control || direction || nothing;
}

bool is_wide_space(char32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xA0 || c == 0x3000; }

/// Without what nobody sees, white space collapsed, none at the beginning.
std::string visible(View text) {
  std::string out;
  bool space = false;
  while (!text.empty()) {
    const char32_t c = codec::take_code_point(text);
    if (is_wide_space(c)) {
      space = true;
    } else if (!is_invisible(c)) {
      if (space && !out.empty()) out += ' ';
      space = false;
      codec::append_code_point(out, c);
    }
  }
  return out;
}

View without_tail(View name) {
  while (name.ends_with('.') || name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

/// The last component that is more than dots and spaces.
View last_component(View path) {
  while (!path.empty()) {
    const std::size_t slash = path.find_last_of("/\\");
    const View name = without_tail(slash == View::npos ? path : path.substr(slash + 1));
    if (!name.empty()) return name;
    path = slash == View::npos ? View() : path.substr(0, slash);
  }
  return {};
}

/// At most `octets`, not inside a code point.
View cut(View text, std::size_t octets) {
  if (text.size() <= octets) return text;
  while (octets > 0 && (static_cast<unsigned char>(text[octets]) & 0xC0U) == 0x80) --octets;
  return text.substr(0, octets);
}

std::string shortened(View name) {
  if (name.size() <= kMaxFileName) return own(name);
  constexpr std::size_t kLongestExtension = 20;
  const std::size_t dot = name.rfind('.');
  const bool keeps = dot != View::npos && dot > 0 && name.size() - dot <= kLongestExtension;
  const View extension = keeps ? name.substr(dot) : View();
  return own(without_tail(cut(name, kMaxFileName - extension.size()))) + own(extension);
}

/// The subject of the message inside a part, whether the part is encoded or not.
std::string inner_subject(const Message& message, PartId part) {
  BodyReader reader(message, part);
  const View head = reader.next();
  const auto raw = find_field(head, "Subject");
  return raw ? decode_words(unfold(*raw)) : std::string();
}

std::string message_name(const Message& message, PartId part) {
  std::string subject = inner_subject(message, part);
  std::ranges::replace_if(subject, [](char c) { return c == '/' || c == '\\'; }, '_');
  const std::string name = clean_file_name(subject);
  if (name.empty()) return {};
  return shortened(name + ".eml");
}

std::string unescaped(View text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && codec::hex_value(text[i + 1]) >= 0 &&
                        codec::hex_value(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(codec::hex_value(text[i + 1]) * 16 + codec::hex_value(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

/// What stands between "<" and ">", or all of it where they are missing.
std::string bracketed(View raw) {
  const std::string text = unfold(raw);
  const std::size_t begin = text.find('<');
  const std::size_t end = begin == View::npos ? begin : text.find('>', begin);
  return own(trimmed(end == View::npos ? View(text) : View(text).substr(begin + 1, end - begin - 1)));
}

bool takes_scheme(View& url, View scheme) {
  if (!same_word(url.substr(0, scheme.size()), scheme)) return false;
  url.remove_prefix(scheme.size());
  return true;
}
}  // namespace

std::string clean_file_name(View name) {
  const std::string shown = visible(name);
  View last = last_component(shown);
  if (last.size() > 1 && last[1] == ':' && chars::kAlpha[last[0]]) last.remove_prefix(2);  // "C:autoexec.bat"
  while (last.starts_with(' ')) last.remove_prefix(1);
  return shortened(last);
}

std::string file_name(const Message& message, PartId part) {
  const Part& kind = message.part(part);
  std::string name = clean_file_name(given_name(message, part).value_or(""));
  if (name.empty() && kind.is_message()) name = message_name(message, part);
  if (name.empty()) name = "part-" + std::to_string(part.value()) + "." + extension_of(kind);
  return name;
}

std::string content_id(const Message& message, PartId part) {
  const auto raw = find_field(message.header(part), "Content-ID");
  return raw ? bracketed(*raw) : std::string();
}

Attachment describe(const Message& message, PartId part) {
  return {.part = part,
          .name = file_name(message, part),
          .type = type_of(message.part(part)),
          .disposition = disposition_of(message, part),
          .content_id = content_id(message, part),
          .size = decoded_size(message, part)};
}

std::vector<Attachment> attachments(const Message& message, PartId root) {
  std::vector<Attachment> out;
  for (const PartId part : bodies_of(message, root).attachments) out.push_back(describe(message, part));
  return out;
}

Locations::Locations(const Message& message, PartId root) {
  if (const auto raw = find_field(message.header(root), "Message-ID")) message_id_ = bracketed(*raw);
  std::vector<bool> inside(message.parts().size(), false);
  for (const Part& part : message.parts()) {
    const PartId parent = part.parent;
    inside[part.id.value()] = part.id == root || (inside[parent.value()] && !message.part(parent).is_message());
    if (!inside[part.id.value()]) continue;
    std::string id = content_id(message, part.id);
    if (!id.empty()) content_ids_.emplace_back(std::move(id), part.id);
    if (const auto raw = find_field(message.header(part.id), "Content-Location")) {
      // RFC 2557 section 4.4.2: a long URL is folded, its white space is none.
      std::string url = unfold(*raw);
      std::erase_if(url, [](char c) { return c == ' ' || c == '\t'; });
      if (!url.empty()) locations_.emplace_back(std::move(url), part.id);
    }
  }
  std::ranges::sort(content_ids_);
  std::ranges::sort(locations_);
}

std::optional<PartId> Locations::find(View url) const {
  if (takes_scheme(url, "cid:")) return find_in(content_ids_, unescaped(url));
  if (takes_scheme(url, "mid:")) {
    const std::size_t slash = url.find('/');
    if (slash == View::npos || message_id_.empty() || unescaped(url.substr(0, slash)) != message_id_)
      return std::nullopt;
    return find_in(content_ids_, unescaped(url.substr(slash + 1)));
  }
  return find_in(locations_, url);
}

std::optional<PartId> Locations::find_in(const Rows& rows, View name) {
  const auto found = std::ranges::lower_bound(rows, name, {}, [](const auto& row) { return View(row.first); });
  if (found == rows.end() || found->first != name) return std::nullopt;
  return found->second;
}

}  // namespace posthorn::mime
