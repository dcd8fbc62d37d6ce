#include "posthorn/grammar/mime/eight_bit.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/bytes/codec/encoder.h"
#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

namespace {

constexpr View kEncodingField = "Content-Transfer-Encoding";
constexpr View kLineEnd = "\r\n";

bool is_lines(View octets) {
  frame::TextScanner scanner;
  scanner.scan(octets);
  return scanner.finish();
}

class Conversion {
 public:
  explicit Conversion(View octets) : octets_(octets), message_(Message::index(octets)) {}

  Result<std::string> run() {
    for (const Part& part : message_.parts()) {
      if (Result<void> done = convert(part); !done) return fail(std::move(done.error()));
    }
    out_.append(octets_.substr(written_));
    if (!is_lines(out_)) return fail(peer_error(Code::syntax, "NUL or a lone line end outside of bodies"));
    return std::move(out_);
  }

 private:
  Result<void> convert(const Part& part);
  Result<void> encode(const Part& part);
  [[nodiscard]] std::pair<View, std::string> encoded(const Part& part) const;
  [[nodiscard]] bool in_signed(const Part& part) const;
  void label(const Part& part, View encoding);
  /// Octets up to `offset` stay; then come others instead of those up to `end`.
  void replace(std::size_t offset, std::size_t end, View others);

  View octets_;
  const Message message_;
  std::string out_;
  std::size_t written_ = 0;  // octets of the message that `out_` stands for
};

void Conversion::replace(std::size_t offset, std::size_t end, View others) {
  out_.append(octets_.substr(written_, offset - written_)).append(others);
  written_ = end;
}

bool Conversion::in_signed(const Part& part) const {
  for (const Part* at = &part; at->parent != at->id;) {
    at = &message_.part(at->parent);
    if (at->is_multipart() && at->subtype == "signed") return true;
  }
  return false;
}

Result<void> Conversion::convert(const Part& part) {
  const bool leaf = message_.children(part.id).empty();
  if (leaf && consists_of(message_.body(part.id)) == Octets::binary) return encode(part);
  if (part.encoding == Encoding::binary && !in_signed(part)) label(part, "8bit");
  return {};
}

Result<void> Conversion::encode(const Part& part) {
  if (in_signed(part)) return fail(peer_error(Code::unsupported, "a binary body that is signed"));
  if (part.encoding == Encoding::unknown)
    return fail(peer_error(Code::unsupported, "a binary body in no known encoding"));
  if (part.type == "message" || part.type == "multipart")
    return fail(peer_error(Code::unsupported, "a binary body that must not be encoded"));
  const auto [encoding, body] = encoded(part);
  label(part, encoding);
  const View header = message_.header(part.id);
  if (header != kLineEnd && !header.ends_with("\r\n\r\n")) replace(part.body, part.body, kLineEnd);
  replace(part.body, part.end, body);
  return {};
}

/// The name of the encoding, and the body in it.
std::pair<View, std::string> Conversion::encoded(const Part& part) const {
  // What claims to be encoded is encoded once, whatever it holds between the encoded octets.
  const std::string octets = codec::decode(transfer_of(part.encoding), message_.body(part.id));
  std::string data = codec::encode(codec::Transfer::base64, octets);
  // At the end of the message a line end may be added on the way, which a text without one would get.
  if (part.type != "text" || (part.end == octets_.size() && !octets.ends_with(kLineEnd))) return {"base64", data};
  std::string text = codec::encode(codec::Transfer::quoted_printable, octets);
  // A line of it may look like the delimiter of a multipart around it.
  const bool unsafe = text.starts_with("--") || text.find("\r\n--") != std::string::npos;
  if (unsafe || text.size() > data.size()) return {"base64", std::move(data)};
  return {"quoted-printable", std::move(text)};
}

void Conversion::label(const Part& part, View encoding) {
  const View header = message_.header(part.id);
  if (part.parent == part.id && !find_field(header, "MIME-Version"))
    replace(part.header, part.header, "MIME-Version: 1.0\r\n");
  if (const auto raw = find_field(header, kEncodingField)) {
    const auto at = static_cast<std::size_t>(raw->data() - octets_.data());
    return replace(at, at + raw->size(), " " + own(encoding));
  }
  replace(part.header, part.header, own(kEncodingField) + ": " + own(encoding) + own(kLineEnd));
}

}  // namespace

Result<std::string> to_eight_bit(View message) { return Conversion(message).run(); }

}  // namespace posthorn::mime
