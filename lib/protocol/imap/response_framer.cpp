#include "posthorn/protocol/imap/response_framer.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/frame/literal.h"

namespace posthorn::imap {

namespace {

/// Whether a response that starts so is a status response, or a continuation: their text is free and may end like the
/// announcement of a literal. Only a code that is not closed yet can hold one.
bool has_no_literal(View line) {
  if (line.starts_with('+')) return true;
  View text = line.substr(std::min(line.size(), line.find(' ')));
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
  const View word = text.substr(0, text.find(' '));
  static constexpr View kWords[] = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
  if (std::ranges::none_of(kWords, [&](View w) { return same_word(w, word); })) return false;
  text.remove_prefix(word.size());
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
  return !text.starts_with('[') || text.find(']') != View::npos;
}

}  // namespace

void ResponseFramer::reset() {
  lines_.reset();
  text_ = std::string();
  streamed_.clear();
  literals_ = 0;
  spent_ = 0;
  in_literal_ = streaming_ = finished_ = false;
}

ResponseFramer::Found ResponseFramer::next(Buffer& input) {
  if (std::exchange(finished_, false)) {
    text_ = std::string();
    streamed_.clear();
    literals_ = 0;
  }
  for (;;) {
    settle(input);
    if (in_literal_ && streaming_) return take_streamed(input);
    if (in_literal_ && !take_kept(input)) return NeedInput{};
    const frame::Line line = lines_.next(input);
    switch (line.status) {
      case frame::LineStatus::need_input: return NeedInput{};
      case frame::LineStatus::too_long: return Broken{"a line of a response is too long"};
      case frame::LineStatus::bare: return Broken{"a bare CR, bare LF or NUL in a response"};
      case frame::LineStatus::line: break;
    }
    spent_ = line.octets;
    if (auto found = on_line(line.text)) return std::move(*found);
  }
}

std::optional<ResponseFramer::Found> ResponseFramer::on_line(View line) {
  const auto literal = frame::literal_at_end(line);
  const bool first = literals_ == 0;
  const bool whole = !literal || (first && has_no_literal(line));
  if (whole && first) return Whole{line, {}};
  if (text_.size() + line.size() > limits_.response) return Broken{"a response is too long"};
  text_ += line;
  if (whole) {
    finished_ = true;
    return Whole{text_, streamed_};
  }
  if (++literals_ > limits_.literals) return Broken{"too many literals in a response"};
  const std::size_t at = text_.size() - (line.size() - literal->at);
  text_ += "\r\n";
  left_ = literal->octets;
  in_literal_ = true;
  if (left_ > limits_.literal) {
    auto begun = response::parse_begun_fetch(View(text_).substr(0, at), {utf8_names_, streamed_});
    if (begun) {
      streaming_ = true;
      streamed_.push_back(at);
      return Begins{std::move(*begun), left_};
    }
  }
  if (left_ > limits_.response - std::min(text_.size(), limits_.response)) return Broken{"a literal is too long"};
  return std::nullopt;
}

bool ResponseFramer::take_kept(Buffer& input) {
  const View octets = input.view().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  text_ += octets;
  left_ -= octets.size();
  input.consume(octets.size());
  in_literal_ = left_ > 0;
  return !in_literal_;
}

ResponseFramer::Found ResponseFramer::take_streamed(Buffer& input) {
  const View octets = input.view().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  if (octets.empty()) return NeedInput{};
  left_ -= octets.size();
  spent_ = octets.size();
  if (left_ == 0) in_literal_ = streaming_ = false;
  return Chunk{octets, left_ == 0};
}

}  // namespace posthorn::imap
