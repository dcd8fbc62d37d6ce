#include "posthorn/grammar/mime/flowed.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/parameter.h"

#include "grammar/cfws.h"

namespace posthorn::mime {

namespace {
/// Writes paragraphs as lines.
struct LineSink {
  std::string& out;
  void begin(std::size_t depth) {
    for (std::size_t i = 0; i < depth; ++i) out += "> ";
  }
  void text(View text) { out += text; }
  void end() {
    if (out.ends_with("> ")) out.pop_back();
    out += '\n';
  }
};

struct ValueSink {
  std::vector<Paragraph>& out;
  void begin(std::size_t depth) { out.push_back({depth, {}}); }
  void text(View text) { out.back().text += text; }
  void end() {}
};

bool is_word(const std::optional<ParameterView>& parameter, View word) {
  return parameter && same_word(trimmed(unquoted(*parameter)), word);
}
}  // namespace

TextFormat text_format_of(const Message& message, PartId part) {
  const auto raw = find_field(message.header(part), "Content-Type");
  const auto type = raw ? split_content_type(*raw) : std::nullopt;
  if (!type || message.part(part).type != "text" || message.part(part).subtype != "plain") return {};
  const bool flowed = is_word(find_parameter(type->parameters, "format"), "flowed");
  return {flowed, flowed && is_word(find_parameter(type->parameters, "delsp"), "yes")};
}

void FlowedDecoder::decode(View chunk, std::string& out) {
  LineSink sink{out};
  take(chunk, sink);
}
void FlowedDecoder::finish(std::string& out) {
  LineSink sink{out};
  end_text(sink);
}
std::vector<Paragraph> FlowedDecoder::paragraphs(View text, bool delete_space) {
  std::vector<Paragraph> out;
  ValueSink sink{out};
  FlowedDecoder decoder(delete_space);
  decoder.take(text, sink);
  decoder.end_text(sink);
  return out;
}

template <class Sink>
void FlowedDecoder::take(View chunk, Sink& sink) {
  while (!chunk.empty()) {
    const std::size_t end = chunk.find('\n');
    take_line(chunk.substr(0, end), sink);
    if (end == View::npos) return;
    end_line(sink);
    chunk.remove_prefix(end + 1);
  }
}

/// Octets of the present line.
template <class Sink>
void FlowedDecoder::take_line(View piece, Sink& sink) {
  if (stage_ == Stage::quotes) {
    const std::size_t count = std::min(piece.find_first_not_of('>'), piece.size());
    depth_ += count;
    piece.remove_prefix(count);
    if (!piece.empty()) stage_ = Stage::stuffing;
  }
  if (piece.empty()) return;
  if (stage_ == Stage::stuffing) {
    if (piece.front() == ' ') piece.remove_prefix(1);
    stage_ = Stage::head;
  }
  if (stage_ == Stage::head) {
    constexpr View kHead = "-- \r";
    while (!piece.empty() && head_.size() < kHead.size() && piece.front() == kHead[head_.size()]) {
      head_ += piece.front();
      piece.remove_prefix(1);
    }
    if (piece.empty()) return;
    begin_text(sink);
  }
  text(piece, sink);
}

/// The present line is no signature separator: it goes on with a paragraph or begins one.
template <class Sink>
void FlowedDecoder::begin_text(Sink& sink) {
  stage_ = Stage::text;
  if (open_ && depth_ == open_depth_) {
    if (!delete_space_) ++owed_spaces_;
  } else {
    if (open_) sink.end();
    owed_spaces_ = 0;
    sink.begin(depth_);
  }
  open_ = true;
  open_depth_ = depth_;
  text(std::exchange(head_, {}), sink);
}

/// The spaces at the end of flowed lines stay only if text follows them.
template <class Sink>
void FlowedDecoder::put(View octets, Sink& sink) {
  if (octets.empty()) return;
  for (; owed_spaces_ > 0; --owed_spaces_) sink.text(" ");
  sink.text(octets);
}

template <class Sink>
void FlowedDecoder::text(View piece, Sink& sink) {
  if (piece.empty()) return;
  std::size_t kept = piece.ends_with('\r') ? 1 : 0;
  if (kept < piece.size() && piece[piece.size() - 1 - kept] == ' ') ++kept;
  // A CR alone in this piece may go on with the space of the last one.
  if (!held_.empty() && !(held_ == " " && piece == "\r")) put(std::exchange(held_, {}), sink);
  put(piece.substr(0, piece.size() - kept), sink);
  held_ += piece.substr(piece.size() - kept);
}

template <class Sink>
void FlowedDecoder::end_line(Sink& sink) {
  if (stage_ != Stage::text && (head_ == kSignatureSeparator || head_ == "-- \r")) {
    if (open_) sink.end();
    sink.begin(depth_);
    sink.text(kSignatureSeparator);
    sink.end();
    open_ = false;
  } else {
    if (stage_ != Stage::text) begin_text(sink);
    if (held_.ends_with('\r')) held_.pop_back();
    if (held_ != " ") {
      sink.end();
      open_ = false;
    }
  }
  head_.clear();
  held_.clear();
  if (!open_) owed_spaces_ = 0;
  depth_ = 0;
  stage_ = Stage::quotes;
}

template <class Sink>
void FlowedDecoder::end_text(Sink& sink) {
  const bool line_open = stage_ != Stage::quotes || depth_ > 0;
  if (line_open) end_line(sink);
  if (open_) sink.end();
  *this = FlowedDecoder(delete_space_);
}

std::string decode_plain(const Message& message, PartId part) {
  const TextFormat format = text_format_of(message, part);
  if (!format.flowed) return decode_text(message, part);
  std::string room;
  std::string out;
  FlowedDecoder decoder(format.delete_space);
  decoder.decode(decode_text(message, part, room), out);
  decoder.finish(out);
  return out;
}

namespace {
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

/// Octets of the first `count` characters.
std::size_t octets_of(View text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!continues_character(text[at])) {
      if (count == 0) break;
      --count;
    }
    ++at;
  }
  return at;
}

/// Where a line of at most `room` characters ends: behind a space, or inside a word that may be cut. All of `text`
/// where it fits or nothing can be done.
std::size_t line_end(View text, std::size_t room, const FlowedOptions& options) {
  const std::size_t fits = octets_of(text, room);
  if (fits == text.size()) return fits;
  // With DelSp one more space is written, so there has to be room for it.
  const std::size_t most = options.delete_space ? octets_of(text, room - 1) : fits;
  std::size_t space = text.substr(0, most).rfind(' ');
  if (space == View::npos && options.delete_space) return most;
  if (space == View::npos) space = text.find(' ', most);
  const bool separator = !options.delete_space && text.substr(0, space + 1) == kSignatureSeparator;
  if (separator) space = text.find(' ', space + 1);
  return space == View::npos ? text.size() : space + 1;
}
}  // namespace

void append_flowed(std::string& out, const Paragraph& paragraph, const FlowedOptions& options) {
  constexpr std::size_t kNarrowest = 20;
  constexpr std::size_t kWidest = 998;
  const std::size_t width = std::clamp(options.width, kNarrowest, kWidest);
  View rest = paragraph.text;
  if (rest != kSignatureSeparator) {
    while (rest.ends_with(' ')) rest.remove_suffix(1);
  }
  do {
    out.append(paragraph.depth, '>');
    const bool stuffed =
        paragraph.depth > 0 || rest.starts_with(' ') || rest.starts_with('>') || rest.starts_with("From ");
    if (stuffed && !rest.empty()) out += ' ';
    const std::size_t before = paragraph.depth + (stuffed ? 1 : 0);
    const std::size_t end = line_end(rest, width - std::min(before, width - kNarrowest / 2), options);
    out += rest.substr(0, end);
    rest.remove_prefix(end);
    if (options.delete_space && !rest.empty()) out += ' ';
    out += "\r\n";
  } while (!rest.empty());
}

std::string encode_flowed(View text, const FlowedOptions& options) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    View line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    append_flowed(out, {0, own(line)}, options);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace posthorn::mime
