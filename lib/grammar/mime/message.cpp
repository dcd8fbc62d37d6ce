#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

Message Message::index(View octets, const Limits& limits) {
  Outline outline(limits, 0);
  outline.feed(octets);
  outline.finish();
  Message out;
  out.parts_ = outline.take_parts();
  out.defects_ = outline.take_defects();
  return out;
}

}  // namespace posthorn::mime
