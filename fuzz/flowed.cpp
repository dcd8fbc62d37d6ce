// format=flowed: any split reads alike; what is written reads back.
#include "posthorn/grammar/mime/flowed.h"

#include <cstddef>
#include <string>

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  for (const bool delete_space : {false, true}) {
    std::string whole;
    mime::FlowedDecoder decoder(delete_space);
    decoder.decode(input, whole);
    decoder.finish(whole);
    std::string pieces;
    for (std::size_t at = 0; at < input.size(); at += 3) decoder.decode(input.substr(at, 3), pieces);
    decoder.finish(pieces);
    fuzzing::check(whole == pieces, "any split reads alike");

    auto paragraphs = mime::FlowedDecoder::paragraphs(input, delete_space);
    for (const std::size_t width : {std::size_t{20}, std::size_t{72}}) {
      std::string written;
      for (auto& p : paragraphs) {
        if (p.text != mime::kSignatureSeparator) {
          while (p.text.ends_with(' ') || p.text.ends_with('\r')) p.text.pop_back();
        }
        mime::append_flowed(written, p, {.width = width, .delete_space = delete_space});
      }
      fuzzing::check(mime::FlowedDecoder::paragraphs(written, delete_space) == paragraphs,
                     "what is written reads back");
    }
  }
}
