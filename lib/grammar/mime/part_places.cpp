#include "grammar/mime/part_places.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"

#include "grammar/mime/entity_writer.h"

namespace posthorn::mime {

namespace {
/// Octets of the line end at the front: 0 where there is none.
std::size_t line_end_at(View text) { return text.starts_with('\n') ? 1 : text.starts_with("\r\n") ? 2 : 0; }

/// Octets of the empty line that ends a header, 0 where it is missing.
std::size_t empty_line(View header) {
  if (header == "\r\n" || header.ends_with("\n\r\n")) return 2;
  return header == "\n" || header.ends_with("\n\n") ? 1 : 0;
}

/// A CR at the end of a message, alone on its line: an LF behind it would make it the empty line.
bool has_half_line(View header) { return header == "\r" || header.ends_with("\n\r"); }

/// A delimiter line of the multipart, or the one that closes it.
bool is_delimiter(View rest, View boundary) {
  if (!rest.starts_with("--") || !rest.substr(2).starts_with(boundary)) return false;
  View behind = rest.substr(2 + boundary.size());
  behind = behind.substr(0, behind.find('\n'));
  if (behind.starts_with("--")) behind.remove_prefix(2);
  return std::ranges::all_of(behind, [](char c) { return chars::kSpace[c] || c == '\r'; });
}
}  // namespace

View end_of_header(View header, View line_end) {
  if (empty_line(header) > 0) return {};
  return has_half_line(header) ? "\n" : line_end;
}

bool is_message(const Message& message, PartId part) {
  const PartId parent = message.part(part).parent;
  return parent == part || message.part(parent).is_message();
}

Offset header_top(const Message& message, PartId part) {
  const View header = message.header(part);
  std::size_t at = 0;
  const auto next_line = [&] { at = std::min(header.find('\n', at), header.size() - 1) + 1; };
  const bool mbox = message.part(part).header == 0 && std::ranges::any_of(message.defects(), [](const FoundDefect& d) {
                      return d.defect == Defect::mbox_from_line;
                    });
  if (mbox) next_line();
  while (at < header.size() && chars::kSpace[header[at]]) next_line();
  return message.part(part).header + at;
}

Offset header_bottom(const Message& message, PartId part) {
  const View header = message.header(part);
  return message.part(part).body - (has_half_line(header) ? 1 : empty_line(header));
}

Offset delimiter_before(const Message& message, PartId part) {
  const Offset header = message.part(part).header;
  const std::size_t line_end = header < 2 ? View::npos : message.octets().rfind('\n', header - 2);
  return line_end == View::npos ? 0 : line_end + 1;
}

std::optional<Offset> delimiter_after(const Message& message, PartId part) {
  const View boundary = message.part(message.part(part).parent).boundary;
  const Offset end = message.part(part).end;
  const View rest = message.octets().substr(end);
  const std::size_t line_end = line_end_at(rest);
  if (is_delimiter(rest.substr(line_end), boundary)) return end + line_end;
  return is_delimiter(rest, boundary) ? std::optional(end) : std::nullopt;
}

View behind(const Message& message, Offset end, View text, View line_end) {
  const View rest = message.octets().substr(end);
  if (rest.empty()) return text.ends_with('\n') ? View() : line_end;
  return line_end_at(rest) > 0 ? View() : line_end;
}

bool is_open_to_others(const Message& message, PartId multipart) {
  const PartId last = message.children(multipart).back();
  if (delimiter_after(message, last)) return false;
  const Part& own_part = message.part(multipart);
  const bool inside = std::ranges::any_of(message.parts().subspan(last.value()), [&](const Part& inner) {
    return inner.end == own_part.end && collide(inner.boundary, own_part.boundary);
  });
  for (PartId id = multipart; !inside && message.part(id).parent != id;) {
    id = message.part(id).parent;
    if (collide(message.part(id).boundary, own_part.boundary)) return true;
  }
  return inside;
}

}  // namespace posthorn::mime
