#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/pack_tree.h"

namespace posthorn::mime {

namespace {
constexpr char kVersion = 1;
constexpr std::array<View, 10> kEnvelope{"Date", "Subject", "From", "Sender",      "Reply-To",
                                         "To",   "Cc",      "Bcc",  "In-Reply-To", "Message-ID"};
constexpr View kContent = "Content-";

/// Seven bits of a number at a time, the lowest first.
void put(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) out.push_back(static_cast<char>(number | 0x80U));
  out.push_back(static_cast<char>(number));
}
void put(std::string& out, View text) {
  put(out, text.size());
  out += text;
}

/// Takes apart what put() wrote; after a fault everything is empty.
class Unpacker {
 public:
  explicit Unpacker(View packed) : rest_(packed) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  std::uint64_t number(std::uint64_t max) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
      const auto octet = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{octet & 0x7FU} << shift;
      if ((octet & 0x80U) == 0) return value <= max ? value : failed();
    }
    return failed();
  }
  View text() {
    const auto size = static_cast<std::size_t>(number(rest_.size()));
    if (size > rest_.size()) failed();
    const View out = rest_.substr(0, size);
    rest_.remove_prefix(out.size());
    return out;
  }

 private:
  std::uint64_t failed() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  View rest_;
  bool ok_ = true;
};

/// @param header  of a part: the fields to write
template <class Header>
std::string packed(std::span<const Part> parts, std::size_t room, Header header) {
  std::string out(1, kVersion);
  out.reserve(room + parts.size() * 32);
  put(out, parts.size());
  for (const Part& part : parts) {
    put(out, part.parent.value());
    put(out, part.type);
    put(out, part.subtype);
    put(out, static_cast<std::uint64_t>(part.encoding));
    put(out, part.header);
    put(out, part.body - part.header);
    put(out, part.end - part.body);
    put(out, part.lines);
    put(out, header(part.id));
  }
  return out;
}
}  // namespace

struct Outliner::Collector final : public Visitor {
  explicit Collector(std::size_t room) : field_octets(std::min<std::size_t>(room, kFieldOctets)) {}

  void part_begins(PartId id, PartId parent) override {
    Part part;
    part.id = id;
    part.parent = parent;
    outline.parts_.push_back(std::move(part));
    outline.header_end_.push_back(static_cast<std::uint32_t>(outline.fields_.size()));
  }
  void field(PartId id, const Field& field) override {
    const std::size_t size = field.name.size() + field.raw.size() + 3;
    if (!keeps(field.name) || size > field_octets - outline.fields_.size()) return;
    outline.fields_.append(field.name).append(":").append(field.raw).append("\r\n");
    outline.header_end_[id.value()] = static_cast<std::uint32_t>(outline.fields_.size());
  }
  void part_ends(const Part& part) override {
    outline.parts_[part.id.value()] = part;
    outline.parts_[part.id.value()].boundary.clear();
  }

  std::size_t field_octets;
  Outline outline;
};

Outliner::Outliner(const Limits& limits, std::size_t field_octets)
    : collector_(std::make_unique<Collector>(field_octets)), parser_(*collector_, limits) {}
Outliner::~Outliner() = default;

Outline Outliner::finish() {
  parser_.finish();
  Outline out = std::move(collector_->outline);
  out.children_ = Children(out.parts_);
  return out;
}

bool Outliner::keeps(View field_name) {
  return same_word(field_name.substr(0, kContent.size()), kContent) ||
         std::ranges::any_of(kEnvelope, [&](View name) { return same_word(name, field_name); });
}

View Outline::header(PartId id) const {
  const std::size_t begin = id.value() == 0 ? 0 : header_end_[id.value() - 1];
  return View(fields_).substr(begin, header_end_[id.value()] - begin);
}

std::string Outline::pack() const {
  return packed(parts_, fields_.size(), [this](PartId id) { return header(id); });
}

std::string pack_tree(const Outline& outline) {
  return packed(outline.parts(), 0, [](PartId) { return View(); });
}

std::optional<Outline> Outline::unpack(View packed) {
  constexpr std::uint64_t kMaxOffset = std::uint64_t{1} << 60U;
  if (!packed.starts_with(kVersion)) return std::nullopt;
  Unpacker in(packed.substr(1));
  Outline out;
  const auto count = static_cast<std::uint32_t>(in.number(std::min<std::uint64_t>(packed.size(), 0xFFFFFFFFU)));
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    Part part;
    part.id = PartId(i);
    part.parent = PartId(static_cast<std::uint32_t>(in.number(i == 0 ? 0 : i - 1)));
    part.type = in.text();
    part.subtype = in.text();
    part.encoding = static_cast<Encoding>(in.number(static_cast<std::uint64_t>(Encoding::unknown)));
    part.header = in.number(kMaxOffset);
    part.body = part.header + in.number(kMaxOffset);
    part.end = part.body + in.number(kMaxOffset);
    part.lines = static_cast<std::uint32_t>(in.number(std::numeric_limits<std::uint32_t>::max()));
    out.fields_ += in.text();
    if (out.fields_.size() > Outliner::kFieldOctets) return std::nullopt;
    out.header_end_.push_back(static_cast<std::uint32_t>(out.fields_.size()));
    out.parts_.push_back(std::move(part));
  }
  if (!in.ok() || !in.at_end() || count == 0) return std::nullopt;
  out.children_ = Children(out.parts_);
  return out;
}

}  // namespace posthorn::mime
