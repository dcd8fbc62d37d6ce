#include "posthorn/grammar/mime/editor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/fields.h"

#include "grammar/mime/entity_writer.h"
#include "grammar/mime/field_line.h"
#include "grammar/mime/random_word.h"

namespace posthorn::mime {

namespace {
constexpr View kContent = "Content-";

/// Octets of the line end at the front: 0 where there is none.
std::size_t line_end_at(View text) { return text.starts_with('\n') ? 1 : text.starts_with("\r\n") ? 2 : 0; }

/// Octets of the empty line that ends a header, 0 where it is missing.
std::size_t empty_line(View header) {
  if (header == "\r\n" || header.ends_with("\n\r\n")) return 2;
  return header == "\n" || header.ends_with("\n\n") ? 1 : 0;
}

/// A CR at the end of a message, alone on its line: an LF behind it would make it the empty line.
bool has_half_line(View header) { return header == "\r" || header.ends_with("\n\r"); }

/// What ends a header before a body that is put below it.
View end_of_header(View header, View line_end) {
  if (empty_line(header) > 0) return {};
  return has_half_line(header) ? "\n" : line_end;
}

bool is_message(const Message& message, PartId part) {
  const PartId parent = message.part(part).parent;
  return parent == part || message.part(parent).is_message();
}

/// Whether a text is nothing but fields, each with CRLF.
bool is_fields(View text) {
  FieldReader reader(text);
  std::size_t end = 0;
  for (Field field; reader.next(field);) {
    const View octets = Fields(text).octets(field);
    if (field.at != end || !octets.ends_with("\r\n")) return false;
    end += octets.size();
  }
  return end == text.size();
}

/// Above the first field: behind an mbox From line, and behind lines that would continue what is put before them.
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

/// Below the last field.
Offset header_bottom(const Message& message, PartId part) {
  const View header = message.header(part);
  return message.part(part).body - (has_half_line(header) ? 1 : empty_line(header));
}

/// A delimiter line of the multipart, or the one that closes it.
bool is_delimiter(View rest, View boundary) {
  if (!rest.starts_with("--") || !rest.substr(2).starts_with(boundary)) return false;
  View behind = rest.substr(2 + boundary.size());
  behind = behind.substr(0, behind.find('\n'));
  if (behind.starts_with("--")) behind.remove_prefix(2);
  return std::ranges::all_of(behind, [](char c) { return chars::kSpace[c] || c == '\r'; });
}

/// Where the delimiter line before a part begins.
Offset delimiter_before(const Message& message, PartId part) {
  const Offset header = message.part(part).header;
  const std::size_t line_end = header < 2 ? View::npos : message.octets().rfind('\n', header - 2);
  return line_end == View::npos ? 0 : line_end + 1;
}

/// Where the delimiter line behind a part begins; nullopt where its multipart does not go on and is not closed.
std::optional<Offset> delimiter_after(const Message& message, PartId part) {
  const View boundary = message.part(message.part(part).parent).boundary;
  const Offset end = message.part(part).end;
  const View rest = message.octets().substr(end);
  const std::size_t line_end = line_end_at(rest);
  if (is_delimiter(rest.substr(line_end), boundary)) return end + line_end;
  return is_delimiter(rest, boundary) ? std::optional(end) : std::nullopt;
}

/// What has to stand behind a text that ends where a part ended.
View behind(const Message& message, Offset end, View text, View line_end) {
  const View rest = message.octets().substr(end);
  if (rest.empty()) return text.ends_with('\n') ? View() : line_end;
  return line_end_at(rest) > 0 ? View() : line_end;
}

Octets octets_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::eight_bit: return Octets::eight_bit;
    case Encoding::binary: return Octets::binary;
    case Encoding::seven_bit:
    case Encoding::quoted_printable:
    case Encoding::base64:
    case Encoding::unknown: break;
  }
  return Octets::seven_bit;
}

std::string encoding_field(Octets octets) { return "Content-Transfer-Encoding: " + own(word_of(octets)) + "\r\n"; }
}  // namespace

Editor::Editor(const Message& message, Random& random, const BuildOptions& options)
    : message_(message),
      random_(random),
      options_(options),
      gone_(message.parts().size(), false),
      needed_(message.parts().size(), Octets::seven_bit) {
  const std::size_t lf = message.octets().find('\n');
  const bool bare = lf != View::npos && (lf == 0 || message.octets()[lf - 1] != '\r');
  line_end_ = bare ? "\n" : "\r\n";
}

void Editor::fail(Code code, View why) {
  if (!error_) error_ = caller_error(code, why);
}

void Editor::change(Offset from, Offset to, std::string text) {
  if (!error_) changes_.push_back({from, to, std::move(text)});
}

/// Lines with CRLF as the message has them.
std::string Editor::local(View lines) const {
  if (line_end_ != "\n") return own(lines);
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines.substr(i).starts_with("\r\n")) out += lines[i];
  }
  return out;
}

bool Editor::may_change(PartId part, bool in_multipart) {
  if (error_) return false;
  if (part.value() >= message_.parts().size()) {
    fail(Code::misuse, "no such part");
  } else if (in_multipart && is_message(message_, part)) {
    fail(Code::misuse, "a message is no part of a multipart: change its body");
  }
  return !error_;
}

bool Editor::are_fields(View fields) {
  if (!is_fields(fields)) fail(Code::misuse, "the text is not made of fields");
  return !error_;
}

Editor& Editor::add_fields(PartId part, View fields, Place place) {
  if (!may_change(part, false) || !are_fields(fields)) return *this;
  const Offset at = place == Place::top ? header_top(message_, part) : header_bottom(message_, part);
  change(at, at, local(fields));
  return *this;
}

Editor& Editor::replace_fields(PartId part, View name, View fields) {
  if (!may_change(part, false) || !are_fields(fields)) return *this;
  put_fields(part, fields, std::array{name});
  return *this;
}

/// Takes the fields of these names out and puts others in their place.
void Editor::put_fields(PartId part, View fields, std::span<const View> names) {
  const View header = message_.header(part);
  FieldReader reader(header);
  bool placed = fields.empty();
  for (Field field; reader.next(field);) {
    if (!std::ranges::any_of(names, [&](View name) { return same_word(name, field.name); })) continue;
    const Offset from = message_.part(part).header + field.at;
    change(from, from + Fields(header).octets(field).size(), placed ? std::string() : local(fields));
    placed = true;
  }
  if (!placed) add_fields(part, fields, Place::bottom);
}

/// RFC 2045 section 4: a message that uses MIME says so.
void Editor::add_mime_version(PartId part) {
  if (!is_message(message_, part) || find_field(message_.header(part), "MIME-Version")) return;
  add_fields(part, "MIME-Version: 1.0\r\n", Place::bottom);
}

/// What came into a part consists of such octets; so does all that is around it.
void Editor::need(PartId around, Octets octets) {
  for (PartId id = around;; id = message_.part(id).parent) {
    needed_[id.value()] = std::max(needed_[id.value()], octets);
    if (message_.part(id).parent == id) return;
  }
}

/// An entity with CRLF that is put into a part; no delimiter around it is in it.
std::string Editor::written(PartId around, const Entity& entity) {
  EntityWriter writer(random_, options_);
  for (PartId id = around;; id = message_.part(id).parent) {
    if (!message_.part(id).boundary.empty()) writer.avoid(message_.part(id).boundary);
    if (message_.part(id).parent == id) break;
  }
  for (const Tail& tail : tails_) writer.avoid(tail.boundary);
  Octets octets = Octets::seven_bit;
  auto out = writer.write(entity, false, octets);
  if (!out && !error_) error_ = out.error();
  need(around, octets);
  return out.value_or("");
}

Editor& Editor::replace_body(PartId part, const Entity& entity) {
  if (!may_change(part, false)) return *this;
  if (!entity.header.empty() || std::holds_alternative<VerbatimBody>(entity.body)) {
    fail(Code::misuse, "a body has no other fields: add them to the header");
    return *this;
  }
  const Part& old = message_.part(part);
  const std::string whole = written(old.parent, entity);
  if (error_) return *this;
  const std::size_t end = whole.find("\r\n\r\n") + 2;
  const View fields = View(whole).substr(0, end);
  std::vector<View> names{"Content-Type", "Content-Transfer-Encoding"};
  for (const View name : {"Content-Disposition", "Content-ID"}) {
    if (find_field(fields, name)) names.push_back(name);
  }
  put_fields(part, fields, names);
  add_mime_version(part);
  const std::string body = own(end_of_header(message_.header(part), line_end_)) + local(whole.substr(end + 2));
  change(old.body, old.end, body + own(behind(message_, old.end, body.empty() ? "\n" : View(body), line_end_)));
  return *this;
}

Editor& Editor::replace_part(PartId part, const Entity& entity) {
  if (!may_change(part, true)) return *this;
  const Part& old = message_.part(part);
  const std::string whole = local(written(old.parent, entity));
  change(old.header, old.end, whole + own(behind(message_, old.end, whole, line_end_)));
  return *this;
}

Editor& Editor::remove_part(PartId part) {
  if (!may_change(part, true)) return *this;
  if (gone_[part.value()]) fail(Code::conflict, "the part was taken out already");
  gone_[part.value()] = true;
  const PartId multipart = message_.part(part).parent;
  const auto siblings = message_.children(multipart);
  if (std::ranges::all_of(siblings, [&](PartId id) { return gone_[id.value()]; })) {
    return replace_part(part, {.body = TextBody{}});
  }
  const auto next = delimiter_after(message_, part);
  if (!next) (void)tail_of(multipart, false);  // it is closed now, so that the part before keeps its end
  change(delimiter_before(message_, part), next.value_or(message_.part(part).end), {});
  return *this;
}

Editor& Editor::add_part(PartId multipart, const Entity& entity) {
  if (!may_change(multipart, false)) return *this;
  const auto children = message_.children(multipart);
  if (!message_.part(multipart).is_multipart() || children.empty()) {
    fail(Code::misuse, "a part is added to a multipart that has parts");
    return *this;
  }
  const std::string delimiter = "--" + message_.part(multipart).boundary + own(line_end_);
  const std::string whole = local(written(multipart, entity));
  const auto close = delimiter_after(message_, children.back());
  if (close) {
    change(*close, *close, delimiter + whole + own(line_end_));
  } else {
    tail_of(multipart, false).parts += own(line_end_) + delimiter + whole;
  }
  return *this;
}

Editor& Editor::attach(PartId message, const Entity& entity) {
  if (!may_change(message, false)) return *this;
  if (!is_message(message_, message)) {
    fail(Code::misuse, "attachments are added to messages");
    return *this;
  }
  const Part& part = message_.part(message);
  const bool mixed = part.is_multipart() && part.subtype == "mixed" && !message_.children(message).empty();
  if (mixed) return add_part(message, entity);
  const std::string whole = local(written(message, entity));
  Tail& tail = tail_of(message, true);
  tail.parts += own(line_end_) + "--" + tail.boundary + own(line_end_) + whole;
  return *this;
}

Editor::Tail& Editor::tail_of(PartId part, bool wraps) {
  const auto found =
      std::ranges::find_if(tails_, [&](const Tail& tail) { return tail.part == part && tail.wraps == wraps; });
  if (found != tails_.end()) return *found;
  const std::string boundary = wraps ? "=_" + random_word(random_) : message_.part(part).boundary;
  return tails_.emplace_back(part, wraps, boundary, std::string());
}

/// The beginning of a multipart around a body: the fields of the body move into the first part.
void Editor::wrap(const Tail& tail) {
  const Part& part = message_.part(tail.part);
  const View header = message_.header(tail.part);
  const Octets octets = std::max(octets_of(part.encoding), needed_[tail.part.value()]);
  const bool raised = (part.is_multipart() || part.is_message()) && octets > octets_of(part.encoding);
  HeaderWriter writer;
  writer.value("Content-Type", "multipart/mixed", std::array{Parameter{"boundary", tail.boundary}});
  std::string fields = writer.finish().value_or("");
  if (octets != Octets::seven_bit) fields += encoding_field(octets);
  std::string moved = raised ? local(encoding_field(octets)) : std::string();
  std::vector<View> names;
  FieldReader reader(header);
  for (Field field; reader.next(field);) {
    if (!same_word(field.name.substr(0, kContent.size()), kContent)) continue;
    names.push_back(field.name);
    if (raised && same_word(field.name, "Content-Transfer-Encoding")) continue;
    moved += Fields(header).octets(field);
    if (!moved.ends_with('\n')) moved += line_end_;
  }
  put_fields(tail.part, fields, names);
  add_mime_version(tail.part);
  change(part.body, part.body,
         own(end_of_header(header, line_end_)) + "--" + tail.boundary + own(line_end_) + moved + own(line_end_));
}

/// The last parts of a multipart and what closes it.
void Editor::end(const Tail& tail) {
  std::string text = tail.parts + own(line_end_) + "--" + tail.boundary + "--";
  // Where the last part is gone, the line end before it is there already.
  const auto children = message_.children(tail.part);
  if (!tail.wraps && gone_[children.back().value()]) text.erase(0, line_end_.size());
  const Offset at = message_.part(tail.part).end;
  text += behind(message_, at, text, line_end_);
  change(at, at, std::move(text));
}

/// Whatever has 8bit or binary parts says so (RFC 2045 section 6.4).
void Editor::raise_encodings() {
  for (const Part& part : message_.parts()) {
    const Octets needed = needed_[part.id.value()];
    const bool wrapped = std::ranges::any_of(tails_, [&](const Tail& t) { return t.wraps && t.part == part.id; });
    const bool composite = part.is_multipart() || part.is_message();
    if (!composite || wrapped || needed <= octets_of(part.encoding)) continue;
    replace_fields(part.id, "Content-Transfer-Encoding", encoding_field(needed));
  }
}

std::vector<PartId> Editor::broken_signatures() const {
  std::vector<PartId> out;
  for (const Part& part : message_.parts()) {
    const auto children = message_.children(part.id);
    if (part.type != "multipart" || part.subtype != "signed" || children.empty()) continue;
    const Part& content = message_.part(children.front());
    const bool broken = std::ranges::any_of(changes_, [&](const Change& c) {
      const bool around = c.from <= part.header && c.to >= part.end;
      const bool insert = c.from == c.to;
      const bool inside =
          insert ? c.from >= content.header && c.from <= content.end : c.from < content.end && c.to > content.header;
      return inside && !around;
    });
    if (broken) out.push_back(part.id);
  }
  return out;
}

Result<std::string> Editor::finish() {
  // Inside a new multipart there may be one that was not closed.
  for (const bool wraps : {false, true}) {
    for (const Tail& tail : tails_) {
      if (tail.wraps != wraps) continue;
      if (wraps) wrap(tail);
      end(tail);
    }
  }
  raise_encodings();
  std::ranges::stable_sort(changes_, {}, [](const Change& c) { return std::pair(c.from, c.to); });
  const View octets = message_.octets();
  std::string out;
  Offset at = 0;
  for (const Change& c : changes_) {
    if (c.from < at) fail(Code::conflict, "two changes of the same octets");
    if (error_) break;
    out.append(octets.substr(at, c.from - at));
    // A header may have no line end, where the message ends in it.
    const bool in_line = !out.empty() && !out.ends_with('\n');
    if (in_line && !c.text.empty() && line_end_at(c.text) == 0) out += line_end_;
    out += c.text;
    at = c.to;
  }
  out.append(octets.substr(at));
  if (error_) return posthorn::fail(*error_);
  return out;
}

}  // namespace posthorn::mime
