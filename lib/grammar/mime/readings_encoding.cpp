// Bodies whose encoding can be read in two ways.
#include <array>
#include <optional>
#include <string>

#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/grammar/char_set.h"

#include "grammar/mime/reading_list.h"

namespace posthorn::mime {

namespace {
/// "begin 644 name", at the beginning of a line of text.
std::optional<View> uuencoded(View body) {
  constexpr View kBegin = "begin ";
  for (std::size_t at = body.find(kBegin); at != View::npos; at = body.find(kBegin, at + kBegin.size())) {
    const View line = body.substr(at, body.substr(at, 300).find_first_of("\r\n"));
    const View mode = line.substr(kBegin.size(), 3);
    const bool octal = mode.size() == 3 && mode.find_first_not_of("01234567") == View::npos;
    if ((at == 0 || body[at - 1] == '\n') && octal && line.size() > kBegin.size() + 4) return line;
  }
  return std::nullopt;
}
}  // namespace

void read_encoding(ReadingList& list, const Message& message, const Part& part) {
  const bool base64 = part.encoding == Encoding::base64;
  const bool encoded = base64 || part.encoding == Encoding::quoted_printable;
  if (encoded && (part.is_multipart() || part.is_message())) list.add(Ambiguity::encoded_composite, part.header, 0);
  if (part.is_multipart() || !message.children(part.id).empty()) return;
  const View body = message.body(part.id);
  if (part.type == "message" && part.subtype == "partial") list.add(Ambiguity::message_partial, body);
  if (encoded) {
  } else if (part.type == "text") {
    if (const auto line = uuencoded(body)) list.add(Ambiguity::uuencoded_text, *line);
  }
}

}  // namespace posthorn::mime
