#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

Message Message::index(View octets, const Limits& limits) {
  Outline outline(limits, 0);
  outline.feed(octets);
  outline.finish();
  Message out;
  out.octets_ = octets;
  out.parts_ = outline.take_parts();
  out.defects_ = outline.take_defects();
  out.first_child_.assign(out.parts_.size() + 1, 0);
  for (const Part& part : out.parts_) {
    if (part.id != part.parent) ++out.first_child_[part.parent.value() + 1];
  }
  for (std::size_t i = 1; i < out.first_child_.size(); ++i) out.first_child_[i] += out.first_child_[i - 1];
  out.children_.assign(out.parts_.size() - 1, PartId(0));
  std::vector<std::uint32_t> next(out.first_child_);
  for (const Part& part : out.parts_) {
    if (part.id != part.parent) out.children_[next[part.parent.value()]++] = part.id;
  }
  return out;
}

View Message::header(PartId id) const {
  const Part& part = parts_[id.value()];
  return octets_.substr(part.header, part.body - part.header);
}

View Message::body(PartId id) const {
  const Part& part = parts_[id.value()];
  return octets_.substr(part.body, part.end - part.body);
}

std::span<const PartId> Message::children(PartId id) const {
  const std::size_t begin = first_child_[id.value()];
  return std::span(children_).subspan(begin, first_child_[id.value() + 1] - begin);
}

}  // namespace posthorn::mime
