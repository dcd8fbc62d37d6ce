#include "posthorn/grammar/mime/parser.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/parameter.h"

#include "grammar/mime/field_line.h"
#include "grammar/mime/run.h"

namespace posthorn::mime {

namespace {
/// A longer line is no delimiter (RFC 2046 section 5.1.1: boundaries have at most 70 octets).
constexpr std::size_t kMaxDelimiterLine = 1000;
constexpr std::size_t kMaxBoundary = 70;
constexpr std::size_t kDefects = static_cast<std::size_t>(Defect::encoded_composite) + 1;
constexpr CharSet kBoundary = chars::kAlnum + CharSet("'()+_,-./:=? ");

enum class Stage : std::uint8_t { header, preamble, children, epilogue, body, message };

/// An open part.
struct Frame {
  Part part;
  Stage stage = Stage::header;
  bool in_digest = false;  // message/rfc822 is its default type
  bool has_type = false;
  bool has_encoding = false;
  std::uint32_t fields = 0;
  std::uint32_t lines_before = 0;  // line ends of the message before the body
  Offset inner_end = 0;            // of the parts inside that are over
  std::bitset<kDefects> reported;  // each kind once: a hostile part must not make a list of millions
};

/// The open multiparts by their boundaries. A line is looked up, not compared with each of them: a hostile message has
/// many of both.
class Boundaries {
 public:
  enum class Kind : std::uint8_t { opens, closes };
  /// An open multipart, by its place, and what the line is to it.
  struct Delimiter {
    std::size_t place = 0;
    Kind kind = Kind::opens;
  };

  [[nodiscard]] bool empty() const { return places_.empty(); }
  [[nodiscard]] bool has(View boundary) const { return places_.contains(boundary); }
  /// @param place  above all that are there
  void put(const std::string& boundary, std::size_t place) { places_.emplace(boundary, place); }
  /// Takes out the innermost.
  void erase(View boundary) { places_.erase(std::prev(places_.upper_bound(boundary))); }
  /// RFC 2046 section 5.1.1; the innermost multipart has the line. A longer boundary with the same beginning is another
  /// boundary.
  /// @param line  from "--" to before the line end
  [[nodiscard]] std::optional<Delimiter> find(View line) const {
    line.remove_prefix(2);
    while (!line.empty() && chars::kSpace[line.back()]) line.remove_suffix(1);
    const auto opened = innermost(line);
    const auto closed = line.ends_with("--") ? innermost(line.substr(0, line.size() - 2)) : std::nullopt;
    if (!opened && !closed) return std::nullopt;
    return opened > closed ? Delimiter{*opened, Kind::opens} : Delimiter{*closed, Kind::closes};
  }

 private:
  [[nodiscard]] std::optional<std::size_t> innermost(View boundary) const {
    const auto after = places_.upper_bound(boundary);
    if (after == places_.begin() || std::prev(after)->first != boundary) return std::nullopt;
    return std::prev(after)->second;
  }

  std::multimap<std::string, std::size_t, std::less<>> places_;  // those of one boundary from the outermost
};

std::string lower(View text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}
}  // namespace

struct Parser::State {
  State(Visitor& v, Limits l) : visitor(v), limits(l), field(l.max_field_octets) { begin_part(PartId(0), false); }

  void feed(View chunk);
  void finish();

 private:
  void piece(View text, bool ends);
  std::size_t plain_lines(View chunk);
  void pass_carry(bool ends);
  void settle();
  void line(View text);
  void header_line(View text);
  void end_field();
  void take(Frame& frame, const Field& found);
  void take_type(Frame& frame, const Field& found);
  void end_header(Offset body);
  void begin_part(PartId parent, bool in_digest);
  void enter_message();
  bool delimiter(View text);
  void close_down_to(std::size_t size, Offset at);
  void text_line(View text);
  void check(const Field& found);
  void check_boundary(const std::string& boundary);
  void report(Defect defect) { report(defect, at); }
  void report(Defect defect, Offset where);
  [[nodiscard]] std::size_t longest_piece() const;

  Visitor& visitor;
  Limits limits;
  std::vector<Frame> open;
  Boundaries boundaries;     // of those of them that take delimiters
  std::string carry;         // the beginning of a line that the next chunk goes on with
  FieldRun field;            // the lines of the present field
  BodyRun body;              // octets of the present leaf that the visitor did not get yet
  Offset at = 0;             // of the present line or piece of a line
  Offset line_ends = 0;      // before `at`
  std::size_t last_end = 0;  // octets of the line end before `at`
  bool mid_line = false;     // the present line was too long to be collected: `at` is inside it
  std::uint32_t parts = 0;
  std::uint32_t defects = 0;
};

void Parser::State::report(Defect defect, Offset where) {
  auto& reported = open.back().reported;
  const auto bit = static_cast<std::size_t>(defect);
  if (reported[bit] || defects == limits.max_defects) return;
  reported.set(bit);
  ++defects;
  visitor.defect(defect, where);
}

std::size_t Parser::State::longest_piece() const {
  const bool in_header = open.back().stage == Stage::header;
  return 2 + (in_header ? std::max<std::size_t>(limits.max_field_octets, kMaxDelimiterLine) : kMaxDelimiterLine);
}

void Parser::State::feed(View chunk) {
  if (open.empty()) return;  // after finish()
  while (!chunk.empty()) {
    if (carry.empty() && !mid_line && open.back().stage != Stage::header) {
      chunk.remove_prefix(plain_lines(chunk));
    }
    const std::size_t lf = chunk.find('\n');
    const View text = chunk.substr(0, lf == View::npos ? lf : lf + 1);
    chunk.remove_prefix(text.size());
    if (carry.empty() && lf != View::npos) {
      piece(text, true);
    } else if (carry.empty() && text.size() > longest_piece()) {
      // A CR at the end may be one half of a line end.
      carry = text.ends_with('\r') ? "\r" : "";
      piece(text.substr(0, text.size() - carry.size()), false);
    } else {
      carry += text;
      if (lf != View::npos || carry.size() > longest_piece()) pass_carry(lf != View::npos);
    }
  }
  settle();
}

/// Text of a body goes on without a look at each of its lines.
std::size_t Parser::State::plain_lines(View chunk) {
  const Lines lines = whole_lines(chunk, !boundaries.empty());
  if (lines.octets == 0) return 0;
  const View text = chunk.substr(0, lines.octets);
  text_line(text);
  if (lines.first_bare > 0) report(Defect::bare_line_end, at + lines.first_bare);
  at += lines.octets;
  line_ends += lines.count;
  last_end = line_end_of(text);
  return lines.octets;
}

void Parser::State::pass_carry(bool ends) {
  std::string rest = !ends && carry.ends_with('\r') ? "\r" : "";
  const std::string text = std::exchange(carry, std::move(rest));
  piece(View(text).substr(0, text.size() - carry.size()), ends);
  settle();
}

void Parser::State::settle() {
  body.settle(visitor, open.back().part.id);
  field.settle();
}

void Parser::State::piece(View text, bool ends) {
  if (!mid_line) {
    mid_line = !ends;
    line(text);
  } else {
    mid_line = !ends;
    text_line(text);  // in a header it is the rest of a field over the limit
  }
  at += text.size();
  last_end = line_end_of(text);
  if (last_end > 0) ++line_ends;
  if (last_end == 1) report(Defect::bare_line_end);
}

void Parser::State::line(View text) {
  if (text.starts_with("--") && text.size() - line_end_of(text) <= kMaxDelimiterLine && delimiter(text)) return;
  if (open.back().stage == Stage::header) {
    header_line(text);
  } else {
    text_line(text);
  }
}

void Parser::State::text_line(View text) {
  const Frame& frame = open.back();
  switch (frame.stage) {
    case Stage::body: body.add(visitor, frame.part.id, Place::body, text, line_end_of(text)); break;
    case Stage::preamble: body.add(visitor, frame.part.id, Place::preamble, text, line_end_of(text)); break;
    case Stage::epilogue: body.add(visitor, frame.part.id, Place::epilogue, text, line_end_of(text)); break;
    case Stage::header:
    case Stage::children:
    case Stage::message: break;
  }
}

void Parser::State::header_line(View text) {
  if (is_empty_line(text)) {
    end_header(at + text.size());
    return;
  }
  if (chars::kSpace[text.front()]) {
    if (field.empty()) {
      report(Defect::header_without_colon);
    } else if (!field.add(text, at)) {
      report(Defect::header_too_long);
    }
    return;
  }
  end_field();
  Field ignored;
  if (split_field(text.substr(0, limits.max_field_octets), at, ignored)) {
    if (!field.add(text, at)) report(Defect::header_too_long);
  } else if (at == 0 && text.starts_with("From ")) {
    report(Defect::mbox_from_line);
  } else {
    report(Defect::header_without_colon);
  }
}

void Parser::State::end_field() {
  if (field.empty()) return;
  Frame& frame = open.back();
  Field found;
  if (split_field(field.text(), field.at(), found)) {
    if (frame.fields == limits.max_fields) {
      report(Defect::too_many_headers);
    } else {
      ++frame.fields;
      take(frame, found);
      visitor.field(frame.part.id, found);
    }
  }
  field.clear();
}

void Parser::State::check(const Field& found) {
  if (found.raw.find('\0') != View::npos) report(Defect::nul_octet, found.at);
  if (!codec::is_ascii(found.raw)) report(Defect::eight_bit_header, found.at);
  if (*(found.name.data() + found.name.size()) != ':') report(Defect::space_before_colon, found.at);
  for (std::size_t cr = found.raw.find('\r'); cr != View::npos; cr = found.raw.find('\r', cr + 1)) {
    if (found.raw.substr(cr + 1, 1) != "\n") report(Defect::bare_cr, found.at);
  }
}

void Parser::State::take(Frame& frame, const Field& found) {
  check(found);
  if (same_word(found.name, "Content-Type")) {
    if (frame.has_type) {
      report(Defect::duplicate_field, found.at);  // the first one counts
    } else {
      take_type(frame, found);
    }
    frame.has_type = true;
  } else if (same_word(found.name, "Content-Transfer-Encoding")) {
    if (frame.has_encoding) {
      report(Defect::duplicate_field, found.at);
    } else {
      frame.part.encoding = parse_encoding(found.raw);
      if (frame.part.encoding == Encoding::unknown) report(Defect::bad_encoding, found.at);
    }
    frame.has_encoding = true;
  }
}

void Parser::State::take_type(Frame& frame, const Field& found) {
  const auto type = split_content_type(found.raw);
  if (!type) {
    report(Defect::bad_content_type, found.at);  // RFC 2045 section 5.2: plain text then
    frame.part.type = "text";
    frame.part.subtype = "plain";
    return;
  }
  frame.part.type = lower(type->type);
  frame.part.subtype = lower(type->subtype);
  if (!frame.part.is_multipart()) return;
  bool has_boundary = false;
  ParameterReader reader(type->parameters);
  for (ParameterView parameter; reader.next(parameter);) {
    if (!same_word(parameter.name, "boundary")) continue;
    if (has_boundary) report(Defect::duplicate_boundary, found.at);
    if (!has_boundary) append_unquoted(frame.part.boundary, parameter);
    has_boundary = true;
  }
  check_boundary(frame.part.boundary);
  while (!frame.part.boundary.empty() && chars::kSpace[frame.part.boundary.back()]) frame.part.boundary.pop_back();
}

void Parser::State::check_boundary(const std::string& boundary) {
  const bool fits = std::ranges::all_of(boundary, [](char c) { return kBoundary[c]; });
  if (boundary.size() > kMaxBoundary || boundary.ends_with(' ') || !fits) report(Defect::bad_boundary, field.at());
}

void Parser::State::end_header(Offset body_begin) {
  end_field();
  Frame& frame = open.back();
  Part& part = frame.part;
  part.body = body_begin;
  // The line that ends the header is counted when it is over; its line end comes before the body.
  frame.lines_before = static_cast<std::uint32_t>(line_ends) + (body_begin > at ? 1 : 0);
  frame.stage = Stage::body;
  const bool deep = open.size() >= limits.max_depth;
  const bool encoded = part.encoding == Encoding::base64 || part.encoding == Encoding::quoted_printable;
  if (encoded && (part.is_multipart() || part.is_message())) report(Defect::encoded_composite, part.header);
  if (part.is_multipart()) {
    if (boundaries.has(part.boundary)) report(Defect::boundary_repeated, part.header);
    if (part.boundary.empty() || part.boundary.size() > kMaxDelimiterLine - 4) {
      report(Defect::boundary_missing);
      part.boundary.clear();
    } else if (deep) {
      report(Defect::nested_too_deep);
    } else {
      frame.stage = Stage::preamble;
      boundaries.put(part.boundary, open.size() - 1);
    }
  } else if (part.is_message() && !encoded) {
    if (deep || parts >= limits.max_parts) {
      report(deep ? Defect::nested_too_deep : Defect::too_many_parts);
    } else {
      enter_message();
    }
  }
}

void Parser::State::enter_message() {
  open.back().stage = Stage::message;
  const Offset begin = open.back().part.body;
  begin_part(open.back().part.id, false);
  open.back().part.header = begin;
}

void Parser::State::begin_part(PartId parent, bool in_digest) {
  Frame& frame = open.emplace_back();
  frame.part.id = PartId(parts++);
  frame.part.parent = parent;
  frame.part.type = in_digest ? "message" : "text";
  frame.part.subtype = in_digest ? "rfc822" : "plain";
  frame.in_digest = in_digest;
  frame.part.header = at;
  visitor.part_begins(frame.part.id, parent);
}

bool Parser::State::delimiter(View text) {
  const auto found = boundaries.find(text.substr(0, text.size() - line_end_of(text)));
  if (!found) return false;
  close_down_to(found->place + 1, at);
  Frame& frame = open.back();
  body.end(visitor, frame.part.id, false);  // of the preamble
  const bool closes = found->kind == Boundaries::Kind::closes;
  if (!closes && parts < limits.max_parts) {
    frame.stage = Stage::children;
    begin_part(frame.part.id, frame.part.subtype == "digest");
    open.back().part.header = at + text.size();
    return true;
  }
  if (!closes) report(Defect::too_many_parts);
  frame.stage = Stage::epilogue;
  boundaries.erase(frame.part.boundary);
  return true;
}

/// Ends the innermost parts at a delimiter line that begins at `end`; the line end before it belongs to it.
void Parser::State::close_down_to(std::size_t size, Offset end) {
  while (open.size() > size) {
    if (open.back().stage == Stage::header) {
      end_field();
      open.back().stage = Stage::body;
      open.back().part.body = end;
      open.back().lines_before = static_cast<std::uint32_t>(line_ends);
      if (open.back().part.is_multipart()) report(Defect::premature_end);
    }
    Frame& frame = open.back();
    const bool at_delimiter = size > 0;
    body.end(visitor, frame.part.id, !at_delimiter);
    if (frame.stage == Stage::preamble || frame.stage == Stage::children) {
      report(Defect::boundary_unterminated);
      boundaries.erase(frame.part.boundary);
    }
    // Where the last part inside has no body, the line end is its own, and so its parent's.
    const bool shorter = at_delimiter && end > frame.part.body && end - last_end >= frame.inner_end;
    frame.part.end = shorter ? end - last_end : end;
    const Offset lines = line_ends - (shorter && last_end > 0 ? 1 : 0);
    frame.part.lines = static_cast<std::uint32_t>(lines) - frame.lines_before;
    visitor.part_ends(frame.part);
    const Offset inner_end = frame.part.end;
    open.pop_back();
    if (!open.empty()) open.back().inner_end = std::max(open.back().inner_end, inner_end);
  }
}

void Parser::State::finish() {
  if (open.empty()) return;
  if (!carry.empty()) {
    const std::string text = std::exchange(carry, {});
    piece(text, false);
    settle();
  }
  close_down_to(0, at);
}

Parser::Parser(Visitor& visitor, Limits limits) : state_(std::make_unique<State>(visitor, limits)) {}
Parser::~Parser() = default;
void Parser::feed(View chunk) { state_->feed(chunk); }
void Parser::finish() { state_->finish(); }

}  // namespace posthorn::mime
