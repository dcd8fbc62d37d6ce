// Bodies whose encoding can be read in two ways.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/grammar/char_set.h"

#include "grammar/mime/reading_list.h"

namespace posthorn::mime {

namespace {
struct Told {
  codec::Fault fault;
  Ambiguity kind;
};
constexpr std::array<Told, 7> kTold{{{codec::Fault::foreign_octet, Ambiguity::foreign_octet},
                                     {codec::Fault::data_after_padding, Ambiguity::data_after_padding},
                                     {codec::Fault::cut_group, Ambiguity::cut_group},
                                     {codec::Fault::bad_hex, Ambiguity::bad_hex},
                                     {codec::Fault::bare_equals, Ambiguity::bare_equals},
                                     {codec::Fault::trailing_space, Ambiguity::trailing_space},
                                     {codec::Fault::long_line, Ambiguity::long_line}}};

codec::Faults faults_of(codec::Transfer transfer, View body) {
  constexpr std::size_t kPiece = 65'536;
  codec::Decoder decoder(transfer);
  std::string room;
  while (!body.empty()) {
    room.clear();
    decoder.decode(body.substr(0, kPiece), room);
    body.remove_prefix(std::min(kPiece, body.size()));
  }
  room.clear();
  decoder.finish(room);
  return decoder.faults();
}

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
    const auto faults = faults_of(base64 ? codec::Transfer::base64 : codec::Transfer::quoted_printable, body);
    for (const Told& told : kTold) {
      if (const auto at = faults.first(told.fault)) list.add(told.kind, part.body + *at, *at < body.size() ? 1 : 0);
    }
  } else if (part.type == "text") {
    if (const auto line = uuencoded(body)) list.add(Ambiguity::uuencoded_text, *line);
  }
}

}  // namespace posthorn::mime
