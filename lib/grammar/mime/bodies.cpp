#include "posthorn/grammar/mime/bodies.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/parameter.h"

namespace posthorn::mime {

namespace {
enum class Kind : std::uint8_t { plain, html, media, other };

Kind kind_of(const Part& part) {
  if (part.is_multipart()) return Kind::plain;  // one without parts
  if (part.type == "text" && part.subtype == "plain") return Kind::plain;
  if (part.type == "text" && part.subtype == "html") return Kind::html;
  const bool media = part.type == "image" || part.type == "audio" || part.type == "video";
  return media ? Kind::media : Kind::other;
}

/// One call of the RFC's parseStructure.
struct Level {
  std::span<const PartId> parts;
  std::size_t next = 0;
  bool related = false;
  bool alternative = false;
  bool in_alternative = false;
  bool text = true;  ///< textBody is not null
  bool html = true;
  std::size_t text_before = 0;
  std::size_t html_before = 0;
};

class Sorter {
 public:
  Sorter(const Message& message, Bodies& out) : message_(message), out_(out) {}

  void run(PartId root) {
    levels_.push_back({.parts = std::span(&root, 1)});
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next == level.parts.size()) {
        finish(level);
        levels_.pop_back();
      } else {
        const std::size_t place = level.next++;
        take(level, level.parts[place], place == 0);
      }
    }
  }

 private:
  void take(Level& level, PartId id, bool first) {
    const Part& part = message_.part(id);
    if (part.is_multipart() && !message_.children(id).empty()) {
      const bool alternative = part.subtype == "alternative";
      levels_.push_back({.parts = message_.children(id),
                         .related = part.subtype == "related",
                         .alternative = alternative,
                         .in_alternative = level.in_alternative || alternative,
                         .text = level.text,
                         .html = level.html,
                         .text_before = out_.text.size(),
                         .html_before = out_.html.size()});
      return;
    }
    const Kind kind = kind_of(part);
    if (!is_inline(level, id, kind, first)) {
      out_.attachments.push_back(id);
    } else if (level.alternative) {
      choose(level, id, kind);
    } else {
      show(level, id, kind);
    }
  }

  [[nodiscard]] bool is_inline(const Level& level, PartId id, Kind kind, bool first) const {
    if (kind == Kind::other) return false;
    if (!first && level.related) return false;
    if (disposition_of(message_, id) == "attachment") return false;
    return first || kind == Kind::media || given_name(message_, id).value_or("").empty();
  }

  void choose(const Level& level, PartId id, Kind kind) {
    if (kind == Kind::plain && level.text) {
      out_.text.push_back(id);
    } else if (kind == Kind::html && level.html) {
      out_.html.push_back(id);
    } else {
      out_.attachments.push_back(id);
    }
  }

  void show(Level& level, PartId id, Kind kind) {
    if (level.in_alternative && kind == Kind::plain) level.html = false;
    if (level.in_alternative && kind == Kind::html) level.text = false;
    if (level.text) out_.text.push_back(id);
    if (level.html) out_.html.push_back(id);
    // The RFC's example code forgets what is in neither list; its definition of "attachments" does not.
    const bool hidden = !level.text && !level.html;
    if (hidden || ((!level.text || !level.html) && kind == Kind::media)) out_.attachments.push_back(id);
  }

  /// An alternative that has one of the two only: it serves for both.
  void finish(const Level& level) {
    if (!level.alternative || !level.text || !level.html) return;
    const bool found_text = out_.text.size() != level.text_before;
    const bool found_html = out_.html.size() != level.html_before;
    if (!found_text && found_html) append_from(out_.html, level.html_before, out_.text);
    if (!found_html && found_text) append_from(out_.text, level.text_before, out_.html);
  }
  static void append_from(const std::vector<PartId>& from, std::size_t begin, std::vector<PartId>& to) {
    for (std::size_t i = begin; i < from.size(); ++i) to.push_back(from[i]);
  }

  const Message& message_;
  Bodies& out_;
  std::vector<Level> levels_;
};
}  // namespace

Bodies bodies_of(const Message& message, PartId root) {
  Bodies out;
  Sorter(message, out).run(root);
  return out;
}

std::string disposition_of(const Message& message, PartId part) {
  const auto raw = find_field(message.header(part), "Content-Disposition");
  const auto value = raw ? split_value(*raw) : std::nullopt;
  if (!value) return {};
  std::string out(value->type);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

std::optional<std::string> given_name(const Message& message, PartId part) {
  const View header = message.header(part);
  if (const auto raw = find_field(header, "Content-Disposition")) {
    const auto value = parse_disposition(*raw);
    auto name = value ? decoded_parameter(value->parameters, "filename") : std::nullopt;
    if (name) return name;
  }
  const auto raw = find_field(header, "Content-Type");
  const auto type = raw ? parse_content_type(*raw) : std::nullopt;
  return type ? decoded_parameter(type->parameters, "name") : std::nullopt;
}

}  // namespace posthorn::mime
