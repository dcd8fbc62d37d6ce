// Encoded words and transfer encodings: the result is well-formed UTF-8; any split decodes alike.
#include "posthorn/grammar/mime/encoded_word.h"

#include <cstddef>
#include <string>

#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/mime/header.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  fuzzing::check(codec::is_utf8(mime::decode_words(input)), "decoded words are UTF-8");
  for (const codec::Transfer transfer : {codec::Transfer::base64, codec::Transfer::quoted_printable}) {
    const std::string whole = codec::decode(transfer, input);
    codec::Decoder decoder(transfer);
    std::string parts;
    for (std::size_t at = 0; at < input.size(); at += 3) decoder.decode(input.substr(at, 3), parts);
    decoder.finish(parts);
    fuzzing::check(parts == whole, "any split decodes alike");
  }
  if (const auto type = mime::parse_content_type(input)) {
    for (const auto& p : type->parameters) {
      const auto value = mime::decoded_parameter(type->parameters, p.name);
      fuzzing::check(!value || codec::is_utf8(*value), "decoded parameters are UTF-8");
    }
  }
}
