#include "posthorn/protocol/imap/summary.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

#include "posthorn/bytes/buffer.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/frame/header_end.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/grammar/mime/pack_tree.h"
#include "posthorn/grammar/mime/preview.h"
#include "posthorn/protocol/imap/responder.h"

#include "protocol/imap/body_structure.h"
#include "protocol/imap/envelope.h"

namespace posthorn::imap {

namespace {
constexpr char kVersion = 1;
/// More parts than this have no structure that fits.
constexpr std::size_t kMaxParts = 200;
/// Room for the fields of all parts of a message whose structure is kept.
constexpr std::size_t kPartFields = 65'536;
constexpr std::size_t kNoMark = std::numeric_limits<std::size_t>::max();

/// Fields that mail programs ask for in lists.
constexpr std::array<View, 22> kKept{"Date",
                                     "Subject",
                                     "From",
                                     "Sender",
                                     "Reply-To",
                                     "To",
                                     "Cc",
                                     "Bcc",
                                     "In-Reply-To",
                                     "Message-ID",
                                     "References",
                                     "Content-Type",
                                     "MIME-Version",
                                     "Priority",
                                     "X-Priority",
                                     "Importance",
                                     "Newsgroups",
                                     "List-Id",
                                     "List-Post",
                                     "X-Mailer",
                                     "Content-Transfer-Encoding",
                                     "Disposition-Notification-To"};

bool is_kept(View name) {
  return std::ranges::any_of(kKept, [&](View kept) { return same_word(kept, name); });
}

/// FNV-1a of a name in lower case, folded to 16 bits.
std::uint16_t hash_of(View name) {
  std::uint32_t hash = 0x811C9DC5;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    hash = (hash ^ static_cast<unsigned char>(lower)) * 0x01000193;
  }
  return static_cast<std::uint16_t>(hash ^ (hash >> 16U));
}

void put_number(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) out.push_back(static_cast<char>(number | 0x80U));
  out.push_back(static_cast<char>(number));
}
void put_text(std::string& out, View text) {
  put_number(out, text.size());
  out += text;
}

/// After a fault everything is empty.
class Unpacker {
 public:
  explicit Unpacker(View packed) : rest_(packed) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] View rest() const { return rest_; }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
      const auto octet = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{octet & 0x7FU} << shift;
      if ((octet & 0x80U) == 0) return value;
    }
    fail();
    return 0;
  }
  View text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) fail();
    const View out = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(out.size());
    return out;
  }

 private:
  void fail() {
    ok_ = false;
    rest_ = {};
  }
  View rest_;
  bool ok_ = true;
};

bool is_ascii(View text) {
  return std::ranges::none_of(text, [](char c) { return chars::kEightBit[c]; });
}

/// The parts of a summary while it is made.
struct Pieces {
  std::uint8_t what = 0;
  std::string envelope;
  std::string structure;
  std::string cuts;
  std::string tree;
  std::string fields;
  std::string left_out;
  std::string preview;
};

std::string envelope_of(View header) {
  Buffer buffer;
  Responder out(buffer, kNoMark);
  write_envelope(out, header);
  if (buffer.size() > kMaxSummaryEnvelope) return {};
  return own(buffer.view());
}

/// Whether all fields that are wanted of the parts fitted into the room.
bool has_all_fields(const mime::Outline& outline) {
  std::uint64_t octets = 0;
  for (const mime::Part& part : outline.parts()) octets += part.body - part.header + 3;
  return 2 * octets <= kPartFields;  // fields are kept with CRLF, whatever ended them
}

void add_structure(Pieces& out, const mime::Outline& outline) {
  if (outline.parts().size() > kMaxParts || !has_all_fields(outline)) return;
  const StructureText structure = structure_text(outline, false);
  std::string cuts;
  std::size_t at = 0;
  for (const Cut& cut : structure.cuts) {
    put_number(cuts, cut.begin - at);
    put_number(cuts, cut.end - cut.begin);
    at = cut.end;
  }
  std::string tree = mime::pack_tree(outline);
  if (structure.text.size() + cuts.size() + tree.size() > kMaxSummaryStructure) return;
  out.structure = own(structure.text.view());
  out.cuts = std::move(cuts);
  out.tree = std::move(tree);
}

bool has_global(const mime::Outline& outline) {
  return std::ranges::any_of(outline.parts(),
                             [](const mime::Part& p) { return p.is_message() && p.subtype == "global"; });
}

void add_fields(Pieces& out, View header) {
  std::set<std::uint16_t> left_out;
  std::string fields;
  mime::FieldReader reader(header);
  for (mime::Field field; reader.next(field);) {
    const auto end = static_cast<std::size_t>(field.raw.data() + field.raw.size() - header.data());
    const std::size_t size = end - field.at;
    const std::size_t room = kMaxSummaryFields - std::min(kMaxSummaryFields, fields.size());
    if (!is_kept(field.name) || size > kMaxSummaryField || size + 2 > room) {
      left_out.insert(hash_of(field.name));
      continue;
    }
    fields += header.substr(field.at, size);
    fields += header.substr(end).starts_with('\n') ? "\n" : "\r\n";
  }
  if (left_out.size() > kMaxSummaryNames) {
    // One mark for all names: nothing can be said of any.
    out.left_out.assign(1, '\0');
    return;
  }
  out.fields = std::move(fields);
  for (const std::uint16_t hash : left_out) {
    out.left_out += static_cast<char>(hash >> 8U);
    out.left_out += static_cast<char>(hash & 0xFFU);
  }
}

std::string written(const Pieces& pieces, std::uint64_t header_octets) {
  std::string out;
  out.reserve(32 + pieces.envelope.size() + pieces.structure.size() + pieces.cuts.size() + pieces.tree.size() +
              pieces.fields.size() + pieces.left_out.size() + pieces.preview.size());
  out += kVersion;
  out += static_cast<char>(pieces.what);
  put_number(out, header_octets);
  for (const std::string* text : {&pieces.envelope, &pieces.structure, &pieces.cuts, &pieces.tree, &pieces.fields,
                                  &pieces.left_out, &pieces.preview}) {
    put_text(out, *text);
  }
  return out;
}
}  // namespace

struct SummaryBuilder::State {
  void feed(View octets) {
    if (!outliner) outliner.emplace(mime::Limits(), kPartFields);
    outliner->feed(octets);
    const View of_head = octets.substr(0, kSummaryHead - head.size());
    header_end.feed(of_head);
    head += of_head;
    whole = whole && of_head.size() == octets.size();
  }

  std::string finish() {
    if (!outliner) outliner.emplace(mime::Limits(), kPartFields);
    const mime::Outline outline = outliner->finish();
    std::string out;
    if (whole || header_end.found()) out = make(outline);
    outliner.reset();
    head.clear();
    header_end = {};
    whole = true;
    return out;
  }

 private:
  std::string make(const mime::Outline& outline) {
    const View header = View(head).substr(0, static_cast<std::size_t>(header_end.offset()));
    Pieces pieces;
    pieces.envelope = envelope_of(header);
    add_structure(pieces, outline);
    add_fields(pieces, header);
    add_preview(pieces);
    if (!is_ascii(pieces.envelope)) pieces.what |= Summary::kEnvelopeNotAscii;
    if (!is_ascii(pieces.structure)) pieces.what |= Summary::kStructureNotAscii;
    if (has_global(outline)) pieces.what |= Summary::kHasGlobal;
    return written(pieces, header_end.offset());
  }

  /// What is behind the head can only make a preview longer.
  void add_preview(Pieces& pieces) const {
    std::string text = mime::preview(mime::Message::index(head));
    if (!whole && text.size() < mime::kPreviewCharacters / 2) return;
    pieces.preview = std::move(text);
    pieces.what |= Summary::kHasPreview;
  }

  std::optional<mime::Outliner> outliner;
  std::string head;  // the first octets of the message
  frame::HeaderEnd header_end;
  bool whole = true;  // the message is not longer than its head
};

SummaryBuilder::SummaryBuilder() : state_(std::make_unique<State>()) {}
SummaryBuilder::~SummaryBuilder() = default;
SummaryBuilder::SummaryBuilder(SummaryBuilder&&) noexcept = default;
SummaryBuilder& SummaryBuilder::operator=(SummaryBuilder&&) noexcept = default;

void SummaryBuilder::feed(View octets) { state_->feed(octets); }
std::string SummaryBuilder::finish() { return state_->finish(); }

std::optional<Summary> Summary::parse(View octets) {
  if (octets.size() < 2 || octets.front() != kVersion) return std::nullopt;
  Summary out;
  out.what_ = static_cast<std::uint8_t>(octets[1]);
  Unpacker in(octets.substr(2));
  out.header_octets_ = in.number();
  for (View* text :
       {&out.envelope_, &out.structure_, &out.cuts_, &out.tree_, &out.fields_, &out.left_out_, &out.preview_}) {
    *text = in.text();
  }
  const bool padded = in.rest().find_first_not_of('\0') == View::npos;
  if (!in.ok() || !padded || out.what_ >= 2 * kHasPreview) return std::nullopt;
  return out;
}

std::string Summary::body() const {
  std::string out;
  out.reserve(structure_.size());
  View rest = structure_;
  for (Unpacker in(cuts_); !in.rest().empty();) {
    const auto kept = std::min<std::uint64_t>(in.number(), rest.size());
    out += rest.substr(0, static_cast<std::size_t>(kept));
    rest.remove_prefix(static_cast<std::size_t>(kept));
    rest.remove_prefix(static_cast<std::size_t>(std::min<std::uint64_t>(in.number(), rest.size())));
  }
  return out += rest;
}

bool Summary::tells(View field_name) const {
  if (left_out_.size() % 2 != 0) return false;
  const std::uint16_t hash = hash_of(field_name);
  for (std::size_t at = 0; at < left_out_.size(); at += 2) {
    const auto high = static_cast<unsigned char>(left_out_[at]);
    const auto low = static_cast<unsigned char>(left_out_[at + 1]);
    if ((high << 8U | low) == hash) return false;
  }
  return true;
}

std::optional<View> Summary::preview() const {
  if ((what_ & kHasPreview) == 0) return std::nullopt;
  return preview_;
}

}  // namespace posthorn::imap
