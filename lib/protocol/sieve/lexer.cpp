#include "protocol/sieve/lexer.h"

#include <limits>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::sieve {

namespace {

constexpr CharSet kLetter = CharSet::range('a', 'z') + CharSet::range('A', 'Z') + CharSet("_");
constexpr CharSet kDigit = CharSet::range('0', '9');
constexpr CharSet kWord = kLetter + kDigit;
constexpr CharSet kSpace = CharSet(" \t\r\n");
constexpr CharSet kMark = CharSet("{}()[],;");

}  // namespace

void Lexer::step(std::size_t octets) {
  for (const std::size_t end = at_ + octets; at_ < end; ++at_) {
    ++place_.column;
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
    }
  }
}

void Lexer::wrong(Token& out, View why) {
  out.kind = TokenKind::wrong;
  out.value = own(why);
}

bool Lexer::comment(Token& out) {
  Comment found{.text = {}, .at = place_, .block = text_[at_] == '/'};
  const std::size_t begin = at_ + (found.block ? 2 : 1);
  const std::size_t end = text_.find(found.block ? View("*/") : View("\n"), begin);
  if (found.block && end == View::npos) {
    out.at = place_;
    wrong(out, "this comment has no end");
    return false;
  }
  found.text = text_.substr(begin, end == View::npos ? end : end - begin);
  if (!found.block && found.text.ends_with('\r')) found.text.pop_back();
  step((end == View::npos ? text_.size() : end + (found.block ? 2 : 1)) - at_);
  comments_.push_back(std::move(found));
  return true;
}

bool Lexer::skip_space(Token& out) {
  while (at_ < text_.size()) {
    if (kSpace[text_[at_]]) {
      step(1);
    } else if (text_[at_] == '#' || text_.substr(at_).starts_with("/*")) {
      if (!comment(out)) return false;
    } else {
      break;
    }
  }
  return true;
}

void Lexer::next(Token& out) {
  out.value.clear();
  if (!skip_space(out)) return;
  out.at = place_;
  if (at_ == text_.size()) {
    out.kind = TokenKind::end;
    return;
  }
  const char c = text_[at_];
  if (kLetter[c]) {
    if (!multi_line(out)) word(out, TokenKind::identifier);
  } else if (kDigit[c]) {
    number(out);
  } else if (c == '"') {
    quoted(out);
  } else if (c == ':') {
    if (at_ + 1 == text_.size() || !kLetter[text_[at_ + 1]]) return wrong(out, "a tag needs a name behind its colon");
    step(1);
    word(out, TokenKind::tag);
  } else if (kMark[c]) {
    out.kind = TokenKind::mark;
    out.mark = c;
    step(1);
  } else {
    wrong(out, "nothing can begin with this octet");
  }
}

void Lexer::word(Token& out, TokenKind kind) {
  out.kind = kind;
  std::size_t end = at_;
  for (; end < text_.size() && kWord[text_[end]]; ++end) out.value += to_lower(text_[end]);
  step(end - at_);
}

void Lexer::number(Token& out) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  out.kind = TokenKind::number;
  out.number = 0;
  out.quantifier = 0;
  bool large = false;
  const auto times = [&](std::uint64_t factor, std::uint64_t more) {
    large = large || out.number > (kMost - more) / factor;
    if (!large) out.number = out.number * factor + more;
  };
  std::size_t end = at_;
  for (; end < text_.size() && kDigit[text_[end]]; ++end) times(10, static_cast<std::uint64_t>(text_[end] - '0'));
  const char last = end < text_.size() ? to_lower(text_[end]) : '\0';
  if (last == 'k' || last == 'm' || last == 'g') {
    times(last == 'k' ? 1ULL << 10U : last == 'm' ? 1ULL << 20U : 1ULL << 30U, 0);
    out.quantifier = static_cast<char>(last - ('a' - 'A'));
    ++end;
  }
  if (end < text_.size() && kWord[text_[end]]) return wrong(out, "a number ends in digits or one of K, M, G");
  if (large) return wrong(out, "this number is too large");
  step(end - at_);
}

void Lexer::quoted(Token& out) {
  out.kind = TokenKind::string;
  std::size_t end = at_ + 1;
  for (;;) {
    const std::size_t next = text_.find_first_of("\"\\", end);
    if (next == View::npos || (text_[next] == '\\' && next + 1 == text_.size()))
      return wrong(out, "this string has no end");
    out.value.append(text_.substr(end, next - end));
    end = next + 1;
    if (text_[next] == '"') break;
    out.value += text_[end++];
  }
  if (out.value.find('\0') != std::string::npos) return wrong(out, "a string holds no NUL");
  if (!codec::is_utf8(out.value)) return wrong(out, "this string is not UTF-8");
  step(end - at_);
}

// "text:" *(SP / HTAB) (hash-comment / CRLF) lines "."
bool Lexer::multi_line(Token& out) {
  constexpr View kBegin = "text:";
  const View rest = text_.substr(at_);
  if (rest.size() < kBegin.size() || rest[4] != ':') return false;
  for (std::size_t i = 0; i < 4; ++i) {
    if (to_lower(rest[i]) != kBegin[i]) return false;
  }
  std::size_t at = kBegin.size();
  while (at < rest.size() && (rest[at] == ' ' || rest[at] == '\t')) ++at;
  if (at < rest.size() && rest[at] == '#') at = std::min(rest.find('\n', at), rest.size());
  if (at < rest.size() && rest[at] == '\r') ++at;
  if (at >= rest.size() || rest[at] != '\n') {
    wrong(out, "the line of text: ends behind the colon");
    return true;
  }
  out.kind = TokenKind::text;
  for (++at; at < rest.size();) {
    const std::size_t end = rest.find('\n', at);
    const View line = rest.substr(at, end == View::npos ? end : end - at + 1);
    at += line.size();
    if (line == ".\n" || line == ".\r\n" || line == ".") {
      if (out.value.find('\0') != std::string::npos || !codec::is_utf8(out.value)) {
        wrong(out, "this text is not UTF-8 without NUL");
      } else {
        step(at);
      }
      return true;
    }
    out.value.append(line.substr(line.starts_with("..") ? 1 : 0));
  }
  wrong(out, "this text does not end in a line with one dot");
  return true;
}

}  // namespace posthorn::sieve
