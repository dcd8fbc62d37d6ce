#include "grammar/mime/report_fields.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mail/date.h"

#include "grammar/made_of.h"
#include "grammar/mime/field_line.h"
#include "grammar/mime/folding.h"

namespace posthorn::mime {

namespace {
constexpr std::size_t kLongestGap = 20;
constexpr std::size_t kBase64Word = 60;
constexpr View kReplacement = "\xEF\xBF\xBD";
constexpr CharSet kFieldName = chars::kVisible - CharSet(":");

bool is_atom(View text) { return !text.empty() && text.size() <= kValueWord && is_made_of(text, chars::kAtext); }

/// type ";" text; nullopt where there is no type.
std::optional<mail::TypedText> split_typed(View text) {
  const std::size_t begin = skip_cfws(text, 0);
  std::size_t end = begin;
  while (end < text.size() && chars::kAtext[text[end]]) ++end;
  const std::size_t semicolon = skip_cfws(text, end);
  const bool is_typed =
      end > begin && end - begin <= kValueWord && chars::kAlpha[text[begin]] && text.substr(semicolon, 1) == ";";
  if (!is_typed) return std::nullopt;
  return mail::TypedText{lower_case(text.substr(begin, end - begin)), own(trimmed(text.substr(semicolon + 1)))};
}

mail::TypedText typed(View text, View otherwise) {
  const auto out = split_typed(text);
  return out ? mail::TypedText{out->type, value_text(out->text)} : mail::TypedText{own(otherwise), value_text(text)};
}

std::string joined(const mail::TypedText& value, View otherwise) {
  return (is_atom(value.type) ? value.type : own(otherwise)) + "; " + value.text;
}

View address_type(View text) {
  if (!codec::is_ascii(text)) return "utf-8";
  return text.contains('@') ? "rfc822" : "unknown";
}

View diagnostic_type(View text) { return chars::kDigit[text.empty() ? ' ' : text.front()] ? "smtp" : "unknown"; }

/// All that is not ASCII as RFC 6533 section 3 escapes it in addresses.
std::string escaped(View text) {
  std::string out;
  while (!text.empty()) {
    const View from = text;
    (void)codec::take_code_point(text);
    const View character = from.substr(0, from.size() - text.size());
    out += codec::is_ascii(character) ? own(character) : mail::unitext_encode(character, true);
  }
  return out;
}
}  // namespace

std::string field_text(View text, std::size_t longest_word) {
  std::string out;
  std::size_t gap = 0;  // of spaces, or as good as one: what has a line end or another control in it
  std::size_t word = 0;
  while (!text.empty()) {
    const View from = text;
    (void)codec::take_code_point(text);
    View character = from.substr(0, from.size() - text.size());
    if (chars::kSpace[character.front()]) {
      ++gap;
      continue;
    }
    if (chars::kCtl[character.front()]) {
      gap = kLongestGap + 1;
      continue;
    }
    if (character.size() == 1 && chars::kEightBit[character.front()]) character = kReplacement;
    if (gap == 0 && word + character.size() > longest_word) gap = 1;
    if (gap > 0) {
      if (!out.empty()) out.append(gap > kLongestGap ? 1 : gap, ' ');
      gap = word = 0;
    }
    out += character;
    word += character.size();
  }
  return out;
}

void put_report_field(std::string& out, View name, View text, HeaderForm form) {
  if (name.empty() || name.size() > kReportFieldName || !is_made_of(name, kFieldName)) return;
  const std::string words =
      field_text(form == HeaderForm::ascii && !codec::is_ascii(text) ? escaped(text) : own(text), kFieldWord);
  FieldLine line(out, name);
  for (View rest = words; !rest.empty();) {
    const std::size_t begin = rest.find_first_not_of(' ');
    const std::size_t end = std::min(rest.find(' ', begin), rest.size());
    line.put(begin == 0 ? View(" ") : rest.substr(0, begin), rest.substr(begin, end - begin));
    rest.remove_prefix(end);
  }
  line.end();
}

std::optional<std::string> BracketKind::read(View text) {
  const std::size_t close = text.rfind('>');
  const bool enclosed = text.starts_with('<') && close != View::npos && skip_cfws(text, close + 1) == text.size();
  return value_text(enclosed ? text.substr(1, close - 1) : text);
}

std::optional<std::string> Base64Kind::read(View text) {
  std::string letters = own(text);
  std::erase(letters, ' ');
  return codec::base64_decode(letters);
}

std::string Base64Kind::write(const std::string& value, HeaderForm) {
  const std::string letters = codec::base64_encode(value);
  std::string out;
  for (View rest = letters; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kBase64Word))) {
    out.append(out.empty() ? "" : " ").append(rest.substr(0, kBase64Word));
  }
  return out;
}

std::optional<mail::TypedText> AddressKind::read(View text) {
  mail::TypedText out = split_typed(text).value_or(mail::TypedText{own(address_type(text)), own(text)});
  if (out.type == "rfc822" && !codec::is_ascii(out.text)) out.type = "utf-8";
  // Escapes leave no space in an address: what there is comes from folding. What is no such form stays (RFC 6533).
  std::string whole = out.text;
  std::erase(whole, ' ');
  const bool escaped = out.type == "utf-8" && whole.contains("\\x{");
  const auto decoded = escaped ? mail::unitext_decode(whole) : std::nullopt;
  out.text = value_text(decoded ? *decoded : out.text);
  return out;
}

std::string AddressKind::write(const mail::TypedText& value, HeaderForm form) {
  const bool ascii = codec::is_ascii(value.text);
  const bool utf8 = same_word(value.type, "utf-8") || (!ascii && same_word(value.type, "rfc822"));
  if (!utf8) return joined(value, address_type(value.text));
  const bool plain = form == HeaderForm::utf8 && !value.text.contains(' ') && !value.text.contains('\\');
  return "utf-8; " + (plain ? value.text : mail::unitext_encode(value.text, form == HeaderForm::ascii));
}

std::optional<mail::TypedText> MtaKind::read(View text) { return typed(text, "dns"); }
std::string MtaKind::write(const mail::TypedText& value, HeaderForm) { return joined(value, "dns"); }

std::optional<mail::TypedText> DiagnosticKind::read(View text) { return typed(text, diagnostic_type(text)); }
std::string DiagnosticKind::write(const mail::TypedText& value, HeaderForm) {
  return joined(value, diagnostic_type(value.text));
}

std::optional<mail::TypedText> LocalizedKind::read(View text) { return typed(text, "i-default"); }
std::string LocalizedKind::write(const mail::TypedText& value, HeaderForm) { return joined(value, "i-default"); }

std::optional<DateTime> DateKind::read(View text) {
  WallTime local{};
  const auto when = mail::parse_date(text, &local);
  if (!when) return std::nullopt;
  const DateTime out{*when, std::chrono::duration_cast<std::chrono::minutes>(local - *when)};
  // Zones can push the first and last days out of the years that have four digits.
  if (mail::parse_date(write(out, HeaderForm::ascii)) != when) return std::nullopt;
  return out;
}
std::string DateKind::write(const DateTime& value, HeaderForm) {
  return mail::can_format_date(value.when, value.zone) ? mail::format_date(value.when, value.zone) : std::string();
}

void write_fields(std::span<const ReportField> fields, HeaderForm form, std::string& out) {
  for (const ReportField& field : fields) put_report_field(out, field.name, field.value, form);
}

/// Everything before the next line that is empty, or has white space alone and continues nothing.
View ReportReader::take_group() {
  for (std::size_t at = 0; at < rest_.size();) {
    const std::size_t end = std::min(rest_.find('\n', at), rest_.size() - 1) + 1;
    const View line = rest_.substr(at, end - at);
    const bool continued = end < rest_.size() && chars::kSpace[rest_[end]];
    if (is_empty_line(line) || (trimmed(line).empty() && !continued)) {
      const View group = rest_.substr(0, at);
      rest_.remove_prefix(end);
      return group;
    }
    at = end;
  }
  return std::exchange(rest_, {});
}

bool ReportReader::next(Item& out) {
  out.first = false;
  for (Field field;;) {
    while (group_.next(field)) {
      if (field.name.size() > kReportFieldName) continue;
      out.name = field.name;
      out.text = field_text(unfold(field.raw), kFieldWord);
      return true;
    }
    if (rest_.empty()) return false;
    group_ = FieldReader(take_group());
    out.first = true;
  }
}

View header_of(View message) {
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size() - 1) + 1;
    if (is_empty_line(message.substr(at, end - at))) return message.substr(0, at);
    at = end;
  }
  return message;
}

namespace {
Entity header_part(const ReportKind& kind, View header, HeaderForm form) {
  const bool text = codec::is_utf8(header);
  const bool global = text && form == HeaderForm::utf8 && !codec::is_ascii(header) && !kind.global_type.empty();
  // As it stands it would need BINARYMIME where a line is too long.
  if (global && consists_of(frame::with_crlf(header)) != Octets::binary) {
    return {.body = DataBody{.octets = own(header), .type = "message/global-headers"}};
  }
  if (text) return {.body = TextBody{.text = own(header), .subtype = "rfc822-headers"}};
  return {.body = DataBody{.octets = own(header), .type = "text/rfc822-headers"}};
}
}  // namespace

Entity assemble_report(const ReportKind& kind, std::string fields, std::string text, View original,
                       const ReportOptions& options) {
  const bool global = !codec::is_ascii(fields) && !kind.global_type.empty();
  MultipartBody parts{.parts = {}, .subtype = "report", .parameters = {{"report-type", own(kind.report_type)}}};
  parts.parts.push_back({.body = TextBody{.text = std::move(text)}});
  parts.parts.push_back(
      {.body = DataBody{.octets = std::move(fields), .type = own(global ? kind.global_type : kind.machine_type)}});
  if (!original.empty() && options.returned == Return::message) {
    parts.parts.push_back({.body = MessageBody{own(original)}});
  } else if (!original.empty() && options.returned == Return::header) {
    parts.parts.push_back(header_part(kind, header_of(original), options.form));
  }
  return {.body = std::move(parts)};
}

}  // namespace posthorn::mime
