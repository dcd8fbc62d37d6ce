// Multiparts that can be read in two ways.
#include <algorithm>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/parameter.h"

#include "grammar/mime/field_line.h"
#include "grammar/mime/reading_list.h"

namespace posthorn::mime {

namespace {
constexpr std::size_t kMaxBoundary = 70;
constexpr std::size_t kMaxLine = 1000;  // as far as a line is looked at; no delimiter is longer
constexpr CharSet kBoundary = chars::kAlnum + CharSet("'()+_,-./:=? ");

/// Takes the next line with its end off the front.
View take_line(View& text) {
  const std::size_t lf = text.find('\n');
  const View line = text.substr(0, lf == View::npos ? text.size() : lf + 1);
  text.remove_prefix(line.size());
  return line;
}

View without_end(View line) {
  line.remove_suffix(line_end_of(line));
  return line;
}

bool begins_with_boundary(View line, View boundary) {
  return line.starts_with("--") && line.substr(2).starts_with(boundary);
}

/// The boundary as the field spells it, or nothing.
View spelled_boundary(View header) {
  const auto raw = find_field(header, "Content-Type");
  const auto type = raw ? split_content_type(*raw) : std::nullopt;
  const auto boundary = type ? find_parameter(type->parameters, "boundary") : std::nullopt;
  return boundary ? boundary->value : View();
}

void boundary_itself(ReadingList& list, const Message& message, const Part& part) {
  const View spelled = spelled_boundary(message.header(part.id));
  const bool fits = std::ranges::all_of(part.boundary, [](char c) { return kBoundary[c]; });
  if (part.boundary.empty()) list.add(Ambiguity::boundary_missing, part.header, 0);
  const bool odd = spelled.size() > kMaxBoundary || spelled.ends_with(' ') || !fits;
  if (odd) list.add(Ambiguity::odd_boundary, spelled);
  for (const Part* outer = &part; outer->id != outer->parent;) {
    outer = &message.part(outer->parent);
    if (outer->boundary.empty() || part.boundary.empty()) continue;
    if (outer->boundary == part.boundary) {
      list.add(Ambiguity::boundary_repeated, spelled);
    } else if (View(outer->boundary).starts_with(part.boundary) || View(part.boundary).starts_with(outer->boundary)) {
      list.add(Ambiguity::boundary_prefix, spelled);
    }
  }
}

/// Text before the first, between two, or after the last of the parts, with the delimiter lines in it.
/// @returns whether the closing delimiter was in it
bool between(ReadingList& list, View text, const Part& part, Ambiguity entity) {
  bool closed = false;
  while (!text.empty()) {
    const View line = without_end(take_line(text));
    if (begins_with_boundary(line, part.boundary) && !part.boundary.empty()) {
      const View rest = line.substr(2 + part.boundary.size());
      const bool white = std::ranges::all_of(rest, [](char c) { return chars::kSpace[c]; });
      if (closed) {
        list.add(Ambiguity::delimiter_after_close, line);
      } else if (rest.starts_with("--")) {
        closed = true;
      } else if (!white) {
        list.add(Ambiguity::delimiter_with_text, line);
      }
    } else if (same_word(line.substr(0, 8), "Content-") && line.find(':') != View::npos) {
      list.add(entity, line);
    }
  }
  return closed;
}

void multipart(ReadingList& list, const Message& message, const Part& part) {
  boundary_itself(list, message, part);
  if (part.boundary.empty()) return;
  const auto children = message.children(part.id);
  const View octets = message.octets();
  const auto piece = [&](Offset from, Offset to) { return octets.substr(from, to - std::min(from, to)); };
  if (children.empty()) {
    list.add(Ambiguity::no_delimiter, message.body(part.id));
    return;
  }
  between(list, piece(part.body, message.part(children.front()).header), part, Ambiguity::entity_in_preamble);
  const Part& last = message.part(children.back());
  if (!between(list, piece(last.end, part.end), part, Ambiguity::entity_in_epilogue)) {
    list.add(Ambiguity::no_closing_delimiter, part.end, 0);
  }
}

/// Lines of a leaf that look like delimiters of the multiparts around it.
void leaf(ReadingList& list, const Message& message, const Part& part) {
  const View body = message.body(part.id);
  const View own = spelled_boundary(message.header(part.id));
  for (std::size_t at = body.find("--"); at != View::npos; at = body.find("--", at + 2)) {
    const char before = at == 0 ? '\n' : body[at - 1];
    if (before != '\n' && before != '\r') continue;
    const View rest = body.substr(at, kMaxLine);
    const View line = rest.substr(0, rest.find_first_of("\r\n"));
    for (const Part* outer = &part; outer->id != outer->parent;) {
      outer = &message.part(outer->parent);
      if (outer->boundary.empty() || !begins_with_boundary(line, outer->boundary)) continue;
      list.add(before == '\n' ? Ambiguity::delimiter_with_text : Ambiguity::delimiter_after_bare_cr, line);
    }
    if (before == '\n' && !own.empty() && begins_with_boundary(line, own)) list.add(Ambiguity::boundary_on_leaf, line);
  }
}
}  // namespace

void read_delimiters(ReadingList& list, const Message& message, const Part& part) {
  if (part.is_multipart()) {
    multipart(list, message, part);
  } else if (message.children(part.id).empty()) {
    leaf(list, message, part);
  }
}

}  // namespace posthorn::mime
