#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

struct Outline::Collector final : public Visitor {
  explicit Collector(std::size_t budget) : budget_left(budget) {}

  void part_begins(PartId id, PartId parent) override {
    Part part;
    part.id = id;
    part.parent = parent;
    parts.push_back(std::move(part));
    headers.emplace_back();
  }
  void field(PartId id, const Field& field) override {
    const std::size_t size = field.name.size() + field.raw.size() + 3;
    if (size > budget_left) return;
    budget_left -= size;
    headers[id.value()].append(field.name).append(":").append(field.raw).append("\r\n");
  }
  void part_ends(const Part& part) override { parts[part.id.value()] = part; }
  void defect(Defect found, Offset at) override { defects.push_back({found, at}); }

  std::size_t budget_left;
  std::vector<Part> parts;
  std::vector<std::string> headers;
  std::vector<FoundDefect> defects;
};

Outline::Outline(const Limits& limits, std::size_t header_octets)
    : collector_(std::make_unique<Collector>(header_octets)), parser_(*collector_, limits) {}
Outline::~Outline() = default;

void Outline::feed(View chunk) { parser_.feed(chunk); }
void Outline::finish() {
  parser_.finish();
  children_.assign(collector_->parts.size(), {});
  for (const Part& part : collector_->parts) {
    if (part.id != part.parent) children_[part.parent.value()].push_back(part.id);
  }
}
std::span<const Part> Outline::parts() const { return collector_->parts; }
const Part& Outline::part(PartId id) const { return collector_->parts[id.value()]; }
View Outline::header(PartId id) const { return collector_->headers[id.value()]; }
std::span<const PartId> Outline::children(PartId id) const { return children_[id.value()]; }
std::vector<Part> Outline::take_parts() { return std::move(collector_->parts); }
std::vector<FoundDefect> Outline::take_defects() { return std::move(collector_->defects); }

}  // namespace posthorn::mime
