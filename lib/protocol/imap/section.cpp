#include "protocol/imap/section.h"

#include <algorithm>

#include "posthorn/grammar/mime/header.h"
#include "posthorn/protocol/imap/arguments.h"

#include "protocol/imap/envelope.h"

namespace posthorn::imap {

namespace {
/// header-list = "(" header-fld-name *(SP header-fld-name) ")"
bool header_list(Cursor& c, std::vector<std::string>& out) {
  if (!c.sp() || !c.octet('(')) return false;
  do {
    if (out.size() == kMaxFieldNames) return c.fail(Code::too_many, "field names");
    if (!astring(c, out.emplace_back())) return false;
  } while (c.try_sp());
  return c.octet(')');
}

/// section-msgtext / "MIME"
bool section_text(Cursor& c, Section& out) {
  constexpr CharSet kWord = chars::kAlpha + CharSet(".");
  const View word = c.try_run(kWord);
  if (same_word(word, "HEADER")) {
    out.kind = Section::Kind::header;
  } else if (same_word(word, "TEXT")) {
    out.kind = Section::Kind::text;
  } else if (same_word(word, "MIME") && !out.path.empty()) {
    out.kind = Section::Kind::mime;
  } else if (same_word(word, "HEADER.FIELDS")) {
    out.kind = Section::Kind::fields;
  } else if (same_word(word, "HEADER.FIELDS.NOT")) {
    out.kind = Section::Kind::fields_not;
  } else {
    return c.fail(Code::syntax, "a section");
  }
  return !out.is_field_list() || header_list(c, out.names);
}

View word_of(Section::Kind kind) {
  switch (kind) {
    case Section::Kind::all: return "";
    case Section::Kind::header: return "HEADER";
    case Section::Kind::fields: return "HEADER.FIELDS";
    case Section::Kind::fields_not: return "HEADER.FIELDS.NOT";
    case Section::Kind::text: return "TEXT";
    case Section::Kind::mime: return "MIME";
  }
  return "";
}

/// A part as a body part of what is around it, or as the message that its numbers count in.
struct Found {
  mime::PartId id{0};
  bool as_body = false;
};

std::optional<Found> find_part(const std::vector<std::uint32_t>& path, const mime::Outline& message) {
  Found at;
  for (const std::uint32_t number : path) {
    const mime::Part* part = &message.part(at.id);
    if (at.as_body) {
      if (message.children(at.id).empty()) return std::nullopt;
      if (part->is_message()) {
        at.id = message.children(at.id)[0];
        part = &message.part(at.id);
      }
    }
    const auto children = message.children(at.id);
    at.as_body = true;
    if (part->is_multipart() && !children.empty()) {
      if (number > children.size()) return std::nullopt;
      at.id = children[number - 1];
    } else if (number != 1) {
      return std::nullopt;
    }
  }
  return at;
}
}  // namespace

namespace {
/// section-part, as far as there is one. @param closed  whether the bracket behind it was there
bool part_numbers(Cursor& c, Section& out, bool& closed) {
  closed = false;
  while (chars::kDigit[c.peek()]) {
    if (out.path.size() == kMaxPath) return c.fail(Code::too_many, "part numbers");
    std::uint32_t number = 0;
    if (!c.number(number)) return false;
    if (number == 0) return c.fail(Code::syntax, "part numbers start at 1");
    out.path.push_back(number);
    closed = c.try_octet(']');
    if (closed) return true;
    if (!c.octet('.')) return false;
  }
  return true;
}
}  // namespace

bool section(Cursor& c, Section& out) {
  out = {};
  bool closed = false;
  if (!c.octet('[')) return false;
  if (c.try_octet(']')) return true;
  if (!part_numbers(c, out, closed)) return false;
  return closed || (section_text(c, out) && c.octet(']'));
}

bool section_binary(Cursor& c, Section& out) {
  out = {};
  bool closed = false;
  if (!c.octet('[')) return false;
  if (c.try_octet(']')) return true;
  return part_numbers(c, out, closed) && (closed || c.fail(Code::syntax, "a part number"));
}

void write_section(Responder& out, const Section& section) {
  View before = "[";
  for (const std::uint32_t number : section.path) {
    out.raw(before).number(number);
    before = ".";
  }
  if (section.kind != Section::Kind::all || section.path.empty()) out.raw(before).raw(word_of(section.kind));
  if (section.is_field_list()) {
    before = " (";
    for (const std::string& name : section.names) {
      out.raw(before);
      const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) { return kAstringChar[c]; });
      if (plain) {
        out.raw(name);
      } else {
        write_text(out, name);
      }
      before = " ";
    }
    out.raw(")");
  }
  out.raw("]");
}

Extent extent_of(Section::Kind kind, mime::Offset header_end, mime::Offset size) {
  switch (kind) {
    case Section::Kind::all: return {0, size};
    case Section::Kind::text: return {header_end, size};
    case Section::Kind::header:
    case Section::Kind::fields:
    case Section::Kind::fields_not:
    case Section::Kind::mime: break;
  }
  return {0, header_end};
}

std::optional<Extent> extent_of(const Section& section, const mime::Outline& message) {
  const mime::Part& whole = message.part(mime::PartId(0));
  if (section.path.empty()) return extent_of(section.kind, whole.body, whole.end);
  const auto found = find_part(section.path, message);
  if (!found) return std::nullopt;
  const mime::Part* part = &message.part(found->id);
  if (section.kind == Section::Kind::all) return Extent{part->body, part->end};
  if (section.kind == Section::Kind::mime) return Extent{part->header, part->body};
  // HEADER, TEXT and field lists are of the message inside (RFC 9051 section 6.4.5.1).
  if (!part->is_message() || message.children(part->id).empty()) return std::nullopt;
  part = &message.part(message.children(part->id)[0]);
  if (section.kind == Section::Kind::text) return Extent{part->body, part->end};
  return Extent{part->header, part->body};
}

const mime::Part* part_of(const std::vector<std::uint32_t>& path, const mime::Outline& message) {
  const auto found = find_part(path, message);
  return found ? &message.part(found->id) : nullptr;
}

std::string matching_fields(View header, const Section& section) {
  std::string out;
  mime::FieldReader reader(header);
  mime::Field field;
  const bool keep = section.kind == Section::Kind::fields;
  while (reader.next(field)) {
    const bool named =
        std::ranges::any_of(section.names, [&](const std::string& n) { return same_word(n, field.name); });
    if (named != keep) continue;
    const auto end = static_cast<std::size_t>(field.raw.data() + field.raw.size() - header.data());
    out += header.substr(field.at, end - field.at);
    out += header.substr(end).starts_with('\n') ? "\n" : "\r\n";
  }
  return out += "\r\n";
}

}  // namespace posthorn::imap
