// Binary messages as lines: the tree and every decoded body stay, and nothing is left that lines cannot carry.
#include "posthorn/grammar/mime/eight_bit.h"

#include "posthorn/grammar/frame/text.h"
#include "posthorn/grammar/mime/builder.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"

#include "check.h"
#include "fuzz.h"

using namespace posthorn;
using fuzzing::check;

void posthorn_fuzz(std::string_view input) {
  const auto lines = mime::to_eight_bit(input);
  if (!lines) return;
  frame::TextScanner scanner;
  scanner.scan(*lines);
  check(scanner.finish(), "what comes out is text in lines");
  const auto before = mime::Message::index(input);
  const auto after = mime::Message::index(*lines);
  check(before.parts().size() == after.parts().size(), "the tree stays");
  for (std::size_t i = 0; i < before.parts().size(); ++i) {
    const mime::PartId id(static_cast<std::uint32_t>(i));
    check(before.part(id).type == after.part(id).type, "types stay");
    if (!before.children(id).empty()) continue;
    check(mime::consists_of(after.body(id)) != mime::Octets::binary, "no body is binary");
    check(mime::decode_body(before, id) == mime::decode_body(after, id), "bodies stay");
  }
  check(mime::to_eight_bit(*lines) == *lines, "a second time changes nothing");
}
