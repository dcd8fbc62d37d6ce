#include "posthorn/grammar/mime/preview.h"

#include <algorithm>
#include <array>
#include <vector>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/bodies.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/flowed.h"
#include "posthorn/grammar/mime/html.h"

#include "grammar/cfws.h"

namespace posthorn::mime {

namespace {
/// Lines before a quote that may be its introduction.
constexpr std::size_t kMaxIntroduction = 3;

/// Belongs to the character before it: combining marks, variation selectors, skin tones, joiners.
bool extends_character(char32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) || c == 0x200C ||
         c == 0x200D || (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xFE20 && c <= 0xFE2F) ||
         (c >= 0x1F3FB && c <= 0x1F3FF) || (c >= 0xE0020 && c <= 0xE01EF);
}
bool is_white(char32_t c) {
  return c <= 0x20 || c == 0x7F || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}
bool is_invisible(char32_t c) {
  return (c >= 0x80 && c < 0xA0) || c == 0xAD || c == 0x34F || c == 0x61C || c == 0x180E || c == 0x200B ||
         c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

/// "https://example.org/", "<mailto:a@b>", "[cid:logo]": says nothing in a preview.
bool is_target(View word) {
  constexpr std::array<View, 6> kSchemes{"http://", "https://", "ftp://", "mailto:", "cid:", "www."};
  constexpr CharSet kOpening = "<([\"'";
  while (!word.empty() && kOpening[word.front()]) word.remove_prefix(1);
  return std::ranges::any_of(kSchemes, [&](View s) { return same_word(word.substr(0, s.size()), s); });
}

/// Collects words up to a number of characters.
class Line {
 public:
  explicit Line(std::size_t characters) : most_(characters) {}

  [[nodiscard]] bool full() const { return full_; }
  void add(View text) {
    while (!text.empty() && !full_) {
      View rest = text;
      std::size_t end = 0;
      while (!rest.empty() && !is_white(codec::take_code_point(rest))) end = text.size() - rest.size();
      const View word = text.substr(0, end);
      if (!is_target(word)) add_word(word);
      text = rest;
    }
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void add_word(View word) {
    bool begins = !out_.empty();
    while (!word.empty()) {
      const char32_t c = codec::take_code_point(word);
      if (is_invisible(c)) continue;
      if (count_ + (begins ? 1 : 0) >= most_) {
        full_ = true;
        if (extends_character(c) || joins_) out_.resize(character_);
        while (out_.ends_with(' ')) out_.pop_back();
        return;
      }
      if (begins) put(' ');
      begins = false;
      put(c);
    }
  }
  void put(char32_t c) {
    if (!extends_character(c) && !joins_) character_ = out_.size();
    joins_ = c == 0x200D;
    codec::append_code_point(out_, c);
    ++count_;
  }

  std::size_t most_;
  std::string out_;
  std::size_t count_ = 0;      // code points
  std::size_t character_ = 0;  // where the last character begins in out_
  bool joins_ = false;         // the last code point was a joiner
  bool full_ = false;
};

bool is_rule(View line) {
  static constexpr CharSet kRule = "-=_*~#+.";
  return line.size() >= 3 && std::ranges::all_of(line, [](char c) { return kRule[c]; });
}

bool contains_word(View line, View word) {
  for (std::size_t at = 0; at + word.size() <= line.size(); ++at) {
    if (same_word(line.substr(at, word.size()), word)) return true;
  }
  return false;
}
/// "-----Original Message-----"
bool is_banner(View line, View words) {
  return line.starts_with("--") && line.ends_with("--") && line.size() < 100 && contains_word(line, words);
}

/// Tells what the sender wrote from what he quotes.
class Selector {
 public:
  explicit Selector(Line& out) : out_(out) {}

  /// False when nothing more of this text is wanted.
  bool add(View whole) {
    const View line = trimmed(whole);
    if (skipping_header_) {
      skipping_header_ = !line.empty();
      return true;
    }
    if (line.starts_with('>')) {
      drop_introduction();
      return true;
    }
    if (line == "--" || is_banner(line, "Original Message") || line == "-----BEGIN PGP SIGNATURE-----" ||
        line == "-----BEGIN PGP MESSAGE-----") {
      return false;
    }
    if (is_banner(line, "Forwarded message") || line == "-----BEGIN PGP SIGNED MESSAGE-----") {
      flush();
      skipping_header_ = true;
    } else if (line.empty()) {
      paragraph_ended_ = true;
    } else if (!is_rule(line)) {
      if (paragraph_ended_ || held_.size() == kMaxIntroduction) flush_oldest();
      held_.push_back(line);
    }
    return !out_.full();
  }
  /// Everything that comes before a possible introduction.
  void flush_oldest() {
    if (paragraph_ended_) {
      flush();
    } else {
      out_.add(held_.front());
      held_.erase(held_.begin());
    }
  }
  void flush() {
    for (const View line : held_) out_.add(line);
    held_.clear();
    paragraph_ended_ = false;
  }

 private:
  /// "On Monday, 1 January, somebody" "<a@b.example> wrote:"
  void drop_introduction() {
    const std::size_t first = introduction();
    held_.resize(first);
    flush();
  }
  /// The place in held_ where the introduction of a quote begins; its size where there is none.
  [[nodiscard]] std::size_t introduction() const {
    if (held_.empty() || !held_.back().ends_with(':')) return held_.size();
    constexpr std::array<View, 9> kBeginnings{"On ", "Am ", "Le ", "El ", "Em ", "Il ", "Op ", "Den ", "W dniu "};
    for (std::size_t i = held_.size(); i-- > 0;) {
      if (std::ranges::any_of(kBeginnings, [&](View word) { return held_[i].starts_with(word); })) return i;
    }
    const View last = held_.back();
    const bool tells_who = std::ranges::any_of(last, [](char c) { return c == '@' || chars::kDigit[c]; });
    return held_.size() - (tells_who || contains_word(last, "wrote") || contains_word(last, "writes") ? 1 : 0);
  }

  Line& out_;
  std::vector<View> held_;  // the last lines, which a quote may follow
  bool paragraph_ended_ = false;
  bool skipping_header_ = false;  // of a forwarded or signed message
};

void select(View text, Line& out) {
  Selector selector(out);
  while (!text.empty() && !out.full()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!selector.add(text.substr(0, end))) break;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  selector.flush();
}

/// The first octets of a part as plain text.
std::string head_of(const Message& message, PartId part, std::size_t octets) {
  std::string text = decode_head(message, part, octets);
  if (message.part(part).subtype == "html") return html_to_text(text, {.link_targets = false});
  const TextFormat format = text_format_of(message, part);
  if (!format.flowed) return text;
  std::string out;
  FlowedDecoder decoder(format.delete_space);
  decoder.decode(text, out);
  decoder.finish(out);
  return out;
}

bool is_encrypted(const Message& message, PartId part) {
  for (;; part = message.part(part).parent) {
    const Part& p = message.part(part);
    if (p.is_multipart() && p.subtype == "encrypted") return true;
    if (part == p.parent) return false;
  }
}
}  // namespace

std::string preview_text(View text, std::size_t characters) {
  Line out(characters);
  select(text, out);
  return out.take();
}

std::string preview(const Message& message, PartId root, std::size_t characters) {
  Line out(characters);
  std::size_t left = kPreviewOctets;
  for (const PartId part : bodies_of(message, root).text) {
    const Part& p = message.part(part);
    if (out.full() || left == 0) break;
    if ((p.type != "text" && !p.is_multipart()) || is_encrypted(message, part)) continue;
    const std::uint64_t octets = std::min<std::uint64_t>(left, message.body(part).size());
    select(head_of(message, part, left), out);
    left -= static_cast<std::size_t>(octets);
  }
  return out.take();
}

}  // namespace posthorn::mime
