// Dot transparency: any split decodes alike; what is encoded ends once, has no bare line end, and decodes to itself.
#include "posthorn/grammar/frame/dot.h"

#include <cstddef>
#include <string>

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

struct Decoded {
  std::string content;
  std::string rest;
  bool ended = false;
  bool bare = false;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(View input, std::size_t chunk) {
  Decoded out;
  frame::DotDecoder decoder;
  Buffer buffer;
  for (std::size_t at = 0; at < input.size(); at += chunk) {
    buffer.append(input.substr(at, chunk));
    while (!out.ended) {
      const auto piece = decoder.next(buffer.view());
      if (piece.status == frame::DotStatus::need_input) break;
      out.content += piece.content;
      out.ended = piece.status == frame::DotStatus::end;
      buffer.consume(piece.octets);
    }
  }
  out.rest = own(buffer.view());
  out.bare = decoder.bare();
  return out;
}

std::string encode(View input, std::size_t chunk) {
  frame::DotEncoder encoder;
  Buffer out;
  for (std::size_t at = 0; at < input.size(); at += chunk) encoder.encode(input.substr(at, chunk), out);
  encoder.finish(out);
  return own(out.view());
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  const Decoded whole = decode(input, input.size() + 1);
  const std::string sent = encode(input, input.size() + 1);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
    fuzzing::check(decode(input, chunk) == whole, "any split decodes alike");
    fuzzing::check(encode(input, chunk) == sent, "any split encodes alike");
  }
  const Decoded heard = decode(sent, sent.size());
  fuzzing::check(heard.ended && heard.rest.empty(), "what is sent ends once, at its end");
  fuzzing::check(heard.bare == (input.find('\0') != View::npos), "no bare line end is sent");
  fuzzing::check(encode(heard.content, heard.content.size() + 1) == sent, "encoding is stable");
}
