#include "posthorn/grammar/mime/content.h"

#include <algorithm>
#include <array>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/parameter.h"

#include "grammar/cfws.h"

namespace posthorn::mime {

namespace {
constexpr CharSet kHtmlWhite = " \t\r\n\f";

std::size_t find_word(View text, View word, std::size_t from) {
  for (std::size_t at = from; at + word.size() <= text.size(); ++at) {
    if (same_word(text.substr(at, word.size()), word)) return at;
  }
  return View::npos;
}

/// What follows "charset" "=" in one <meta> tag, in quotes or not.
View meta_charset(View tag) {
  constexpr View kName = "charset";
  for (std::size_t at = find_word(tag, kName, 0); at != View::npos; at = find_word(tag, kName, at)) {
    at += kName.size();
    std::size_t value = at;
    while (value < tag.size() && kHtmlWhite[tag[value]]) ++value;
    if (value == tag.size() || tag[value] != '=') continue;
    ++value;
    constexpr CharSet kBefore = kHtmlWhite + CharSet("\"'");
    constexpr CharSet kAfter = kBefore + CharSet(";/>");
    while (value < tag.size() && kBefore[tag[value]]) ++value;
    std::size_t end = value;
    while (end < tag.size() && !kAfter[tag[end]]) ++end;
    if (end > value) return tag.substr(value, end - value);
  }
  return {};
}

/// What a charset that ASCII letters name can be: none that is unknown, nor UTF-7, which nobody looks for (WHATWG HTML,
/// section 13.2.3.2); and who can read the word "utf-16" octet by octet is not looking at UTF-16.
View usable(View charset) {
  if (!codec::knows_charset(charset) || codec::to_utf8(charset, "+AGE-") == "a") return {};
  return codec::to_utf8(charset, "a") == "a" ? charset : View("utf-8");
}

/// The charset that HTML says of itself, or empty.
View html_charset(View head) {
  if (head.starts_with("\xEF\xBB\xBF")) return "utf-8";
  if (head.starts_with("\xFE\xFF")) return "utf-16be";
  if (head.starts_with("\xFF\xFE")) return "utf-16le";
  for (std::size_t at = head.find('<'); at != View::npos; at = head.find('<', at + 1)) {
    if (head.substr(at).starts_with("<!--")) {
      at = head.find("-->", at + 2);
      if (at == View::npos) break;
      continue;
    }
    constexpr CharSet kBehind = kHtmlWhite + CharSet("/");
    if (!same_word(head.substr(at, 5), "<meta") || at + 5 >= head.size() || !kBehind[head[at + 5]]) continue;
    const View charset = usable(meta_charset(head.substr(at, head.find('>', at) - at)));
    if (!charset.empty()) return charset;
  }
  return {};
}

/// The first decoded octets of a part.
std::string head_of(const Message& message, PartId part) {
  std::string out;
  codec::Decoder decoder(transfer_of(message, part));
  // Three encoded octets for a decoded one is the most that quoted-printable needs.
  decoder.decode(message.body(part).substr(0, 3 * kMetaOctets), out);
  out.resize(std::min(out.size(), kMetaOctets));
  return out;
}

/// The charset parameter as it stands, or unquoted in `room`.
View named_charset(const Message& message, PartId part, std::string& room) {
  const auto raw = find_field(message.header(part), "Content-Type");
  const auto type = raw ? split_content_type(*raw) : std::nullopt;
  const auto parameter = type ? find_parameter(type->parameters, "charset") : std::nullopt;
  if (!parameter) return {};
  if (parameter->value.find_first_of("\\\r\n") == View::npos) return trimmed(parameter->value);
  room = unquoted(*parameter);
  return trimmed(room);
}

/// charset_of() without a copy where that is possible.
View charset_of(const Message& message, PartId part, std::string& room) {
  const View named = named_charset(message, part, room);
  if (!named.empty()) return named;
  const Part& kind = message.part(part);
  if (kind.type == "text" && kind.subtype == "html") {
    room = html_charset(head_of(message, part));
    if (!room.empty()) return room;
  }
  return "us-ascii";
}
}  // namespace

codec::Transfer transfer_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::base64: return codec::Transfer::base64;
    case Encoding::quoted_printable: return codec::Transfer::quoted_printable;
    case Encoding::seven_bit:
    case Encoding::eight_bit:
    case Encoding::binary:
    case Encoding::unknown: break;
  }
  return codec::Transfer::identity;
}

codec::Transfer transfer_of(const Message& message, PartId part) {
  const Part& p = message.part(part);
  if (p.is_multipart()) return codec::Transfer::identity;
  if (p.encoding != Encoding::unknown) return transfer_of(p.encoding);
  constexpr std::array<View, 4> kUuencode{"uuencode", "x-uuencode", "x-uue", "uue"};
  const auto tokens = parse_tokens(find_field(message.header(part), "Content-Transfer-Encoding").value_or(""));
  const bool uuencoded =
      !tokens.empty() && std::ranges::any_of(kUuencode, [&](View name) { return same_word(name, tokens.front()); });
  return uuencoded ? codec::Transfer::uuencode : codec::Transfer::identity;
}

namespace {
View decode_body(const Message& message, PartId part, std::string& room, codec::Faults& faults) {
  room.clear();
  faults = {};
  const View body = message.body(part);
  const codec::Transfer transfer = transfer_of(message, part);
  if (transfer == codec::Transfer::identity) return body;
  codec::Decoder decoder(transfer);
  decoder.decode(body, room);
  decoder.finish(room);
  faults = decoder.faults();
  return room;
}
}  // namespace

View decode_body(const Message& message, PartId part, std::string& room) {
  codec::Faults faults;
  return decode_body(message, part, room, faults);
}

std::string decode_body(const Message& message, PartId part) {
  std::string room;
  const View body = decode_body(message, part, room);
  if (room.empty()) return own(body);
  return room;
}

std::uint64_t decoded_size(const Message& message, PartId part) {
  if (transfer_of(message, part) == codec::Transfer::identity) return message.body(part).size();
  BodyReader reader(message, part);
  std::uint64_t size = 0;
  for (View piece = reader.next(); !piece.empty(); piece = reader.next()) size += piece.size();
  return size;
}

std::string charset_of(const Message& message, PartId part) {
  std::string room;
  return own(charset_of(message, part, room));
}

View decode_text(const Message& message, PartId part, std::string& room, TextFaults& faults) {
  std::string name;
  const View charset = charset_of(message, part, name);
  const View octets = decode_body(message, part, room, faults.transfer);
  faults.charset = {};
  if (codec::is_utf8_already(charset, octets)) return octets;
  room = codec::to_utf8(charset, octets, faults.charset);
  return room;
}

View decode_text(const Message& message, PartId part, std::string& room) {
  TextFaults faults;
  return decode_text(message, part, room, faults);
}

std::string decode_text(const Message& message, PartId part, TextFaults& faults) {
  std::string room;
  const View text = decode_text(message, part, room, faults);
  if (text.data() == room.data()) return room;
  return own(text);
}

std::string decode_text(const Message& message, PartId part) {
  TextFaults faults;
  return decode_text(message, part, faults);
}

std::string decode_head(const Message& message, PartId part, std::size_t octets) {
  std::string text;
  codec::CharsetDecoder decoder(charset_of(message, part));
  BodyReader reader(message, part, octets);
  std::size_t size = 0;
  for (View piece = reader.next(); !piece.empty(); piece = reader.next()) {
    if (size >= octets) return text;
    decoder.decode(piece, text);
    size += piece.size();
  }
  decoder.finish(text);
  return text;
}

BodyReader::BodyReader(const Message& message, PartId part, std::size_t octets)
    : rest_(message.body(part)),
      octets_(std::max<std::size_t>(octets, 1)),
      transfer_(transfer_of(message, part)),
      decoder_(transfer_) {}

View BodyReader::next() {
  piece_.clear();
  while (piece_.empty() && !finished_) {
    const View chunk = rest_.substr(0, octets_);
    rest_.remove_prefix(chunk.size());
    if (transfer_ == codec::Transfer::identity) return chunk;
    if (chunk.empty()) {
      decoder_.finish(piece_);
      finished_ = true;
    } else {
      decoder_.decode(chunk, piece_);
    }
  }
  return piece_;
}

TextReader::TextReader(const Message& message, PartId part, std::size_t octets)
    : reader_(message, part, octets), decoder_(charset_of(message, part)) {}

View TextReader::next() {
  piece_.clear();
  while (piece_.empty() && !finished_) {
    const View octets = reader_.next();
    if (octets.empty()) {
      decoder_.finish(piece_);
      finished_ = true;
    } else {
      decoder_.decode(octets, piece_);
    }
  }
  return piece_;
}

}  // namespace posthorn::mime
