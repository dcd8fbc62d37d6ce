#include "posthorn/grammar/mime/message.h"

#include <numeric>
#include <utility>

namespace posthorn::mime {

namespace {
struct Collector final : public Visitor {
  void part_begins(PartId id, PartId parent) override {
    Part part;
    part.id = id;
    part.parent = parent;
    parts.push_back(std::move(part));
  }
  void part_ends(const Part& part) override { parts[part.id.value()] = part; }
  void defect(Defect found, Offset at) override { defects.push_back({found, at}); }

  std::vector<Part> parts;
  std::vector<FoundDefect> defects;
};
}  // namespace

Children::Children(std::span<const Part> parts) : list_(parts.size() - 1, PartId(0)), first_(parts.size() + 1, 0) {
  for (const Part& part : parts.subspan(1)) ++first_[part.parent.value()];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  // Now it says where the children of a part end; from the last one on they take their places.
  for (std::size_t i = parts.size(); i-- > 1;) list_[--first_[parts[i].parent.value()]] = parts[i].id;
}

std::span<const PartId> Children::of(PartId id) const {
  const std::size_t begin = first_[id.value()];
  return std::span(list_).subspan(begin, first_[id.value() + 1] - begin);
}

Message Message::index(View octets, const Limits& limits) {
  Collector collector;
  Parser parser(collector, limits);
  parser.feed(octets);
  parser.finish();
  Message out;
  out.octets_ = octets;
  out.parts_ = std::move(collector.parts);
  out.defects_ = std::move(collector.defects);
  out.children_ = Children(out.parts_);
  return out;
}

View Message::header(PartId id) const {
  const Part& part = parts_[id.value()];
  return octets_.substr(part.header, part.body - part.header);
}

View Message::whole(PartId id) const {
  const Part& part = parts_[id.value()];
  View out = octets_.substr(part.header, part.end - part.header);
  // Without a body the line end before the delimiter is that of the header.
  const bool bare = part.body == part.end && octets_.substr(part.end).starts_with("--");
  if (bare && out.ends_with('\n')) out.remove_suffix(out.ends_with("\r\n") ? 2 : 1);
  return out;
}

View Message::body(PartId id) const {
  const Part& part = parts_[id.value()];
  return octets_.substr(part.body, part.end - part.body);
}

}  // namespace posthorn::mime
