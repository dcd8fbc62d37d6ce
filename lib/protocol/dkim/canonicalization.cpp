#include "posthorn/protocol/dkim/canonicalization.h"

#include <algorithm>
#include <array>

#include "posthorn/grammar/char_set.h"

namespace posthorn::dkim {

namespace {

constexpr View kCrlf = "\r\n";
/// As many line ends as one piece brings back.
constexpr std::size_t kLines = 256;
constexpr auto kManyLines = [] {
  std::array<char, kLines * kCrlf.size()> lines{};
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i] = kCrlf[i % 2];
  return lines;
}();

constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }

/// White space that relaxed changes: a tab, or a space before more of it or before a CR.
constexpr bool is_changed(char c, char after) {
  return (c == '\t') | ((c == ' ') & ((after == ' ') | (after == '\t') | (after == '\r')));
}

// Blocks are looked at without a branch inside, so that it becomes vector instructions.
constexpr std::size_t kBlock = 64;

bool has_space(const char* block) {
  unsigned char found = 0;
  for (std::size_t i = 0; i < kBlock; ++i) found |= static_cast<unsigned char>((block[i] == ' ') | (block[i] == '\t'));
  return found != 0;
}

/// @param block  of one octet more
bool has_changed(const char* block) {
  unsigned char found = 0;
  for (std::size_t i = 0; i < kBlock; ++i) found |= static_cast<unsigned char>(is_changed(block[i], block[i + 1]));
  return found != 0;
}

/// Octets at the front that relaxed leaves as they are. A space at the end is none of them: what follows is not known.
std::size_t unchanged(View octets) {
  std::size_t at = 0;
  for (; octets.size() - at > kBlock; at += kBlock) {
    const char* block = octets.data() + at;
    if (has_space(block) && has_changed(block)) break;  // encoded bodies have no space at all
  }
  while (at + 1 < octets.size() && !is_changed(octets[at], octets[at + 1])) ++at;
  return at + 1 == octets.size() && !is_space(octets[at]) ? at + 1 : at;
}

void append_relaxed(View text, std::string& out) {
  bool space = false;
  const std::size_t start = out.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_space(text[i]) || text[i] == '\n' || (text[i] == '\r' && text.substr(i + 1, 1) == "\n")) {
      space = space || is_space(text[i]);
      continue;
    }
    if (space && out.size() > start) out += ' ';
    space = false;
    out += text[i];
  }
}

}  // namespace

View name_of(Canonicalization how) { return how == Canonicalization::simple ? "simple" : "relaxed"; }

void append_field(Canonicalization how, View field, std::string& out) {
  if (field.ends_with('\n')) field.remove_suffix(field.ends_with(kCrlf) ? 2 : 1);
  if (how == Canonicalization::simple) {
    out.append(field).append(kCrlf);
    return;
  }
  const std::size_t colon = std::min(field.find(':'), field.size());
  View name = field.substr(0, colon);
  while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
  std::transform(name.begin(), name.end(), std::back_inserter(out), to_lower);
  out += ':';
  append_relaxed(field.substr(std::min(colon + 1, field.size())), out);
  out += kCrlf;
}

View BodyCanonicalizer::next(View& chunk) {
  while (!chunk.empty()) {
    const char c = chunk.front();
    if (cr_ && c == '\n') {
      cr_ = space_ = false;
      ++lines_;
    } else if (!cr_ && c == '\r') {
      cr_ = true;
    } else if (!cr_ && relaxed_ && is_space(c)) {
      space_ = true;
    } else {
      const View held = release();
      return held.empty() ? run(chunk) : held;
    }
    chunk.remove_prefix(1);
  }
  return {};
}

/// What was held back and is text after all, the oldest first.
View BodyCanonicalizer::release() {
  if (lines_ > 0) {
    const std::uint64_t count = std::min<std::uint64_t>(lines_, kLines);
    lines_ -= count;
    begun_ = true;
    return {kManyLines.data(), static_cast<std::size_t>(count) * kCrlf.size()};
  }
  if (space_) {
    space_ = false;
    begun_ = true;
    return " ";
  }
  if (cr_) {
    cr_ = false;
    begun_ = true;
    return "\r";
  }
  return {};
}

/// Text from the front of `chunk`; line ends behind it are held back.
View BodyCanonicalizer::run(View& chunk) {
  View piece = chunk.substr(0, relaxed_ ? unchanged(chunk) : chunk.size());
  chunk.remove_prefix(piece.size());
  if (chunk.empty() && piece.ends_with('\r')) {
    cr_ = true;
    piece.remove_suffix(1);
  }
  for (; piece.ends_with(kCrlf); piece.remove_suffix(kCrlf.size())) ++lines_;
  begun_ = begun_ || !piece.empty();
  return piece;
}

View BodyCanonicalizer::finish() {
  if (space_ || cr_) return release();  // of a line without end
  lines_ = 0;
  if (ended_ || (relaxed_ && !begun_)) return {};
  ended_ = true;
  return kCrlf;
}

}  // namespace posthorn::dkim
