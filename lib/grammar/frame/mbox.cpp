#include "posthorn/grammar/frame/mbox.h"

#include <algorithm>
#include <utility>

namespace posthorn::frame {

namespace {
constexpr View kFrom = "From ";
constexpr View kQuotedFrom = ">From ";

/// Whether a line that begins like this wants a closer look.
bool is_suspect(char c) { return c == 'F' || c == '>' || c == '\n' || c == '\r'; }
/// Whether a line that begins like this may become one that matters.
bool may_go_on(View head) {
  return head == "\r" || (head.size() < kFrom.size() && kFrom.starts_with(head)) || kQuotedFrom.starts_with(head);
}
}  // namespace

void MboxReader::feed(View chunk) {
  while (!chunk.empty()) {
    std::size_t taken = 1;
    switch (stage_) {
      case Stage::line_start: line_start(chunk.front()); break;
      case Stage::text: taken = text(chunk); break;
      case Stage::from_line: taken = from_line(chunk); break;
    }
    chunk.remove_prefix(taken);
  }
}

void MboxReader::line_start(char c) {
  head_ += c;
  if (head_ == "\n" || head_ == "\r\n") {
    content(std::exchange(empty_line_, {}));
    empty_line_ = std::exchange(head_, {});
    divides_ = true;
    return;
  }
  if (head_ == kFrom && divides_) {
    end_message();
    stage_ = Stage::from_line;
    return;
  }
  if (head_ == ">>" && quoting_ == MboxQuoting::all_marks) {
    begin_line();
    content(">");
    head_.pop_back();
    return;
  }
  if (head_ == kQuotedFrom) {
    head_.erase(0, 1);
  } else if (may_go_on(head_)) {
    return;
  }
  begin_line();
  content(std::exchange(head_, {}));
  stage_ = c == '\n' ? Stage::line_start : Stage::text;
}

/// The present line is one of the message, and so is an empty one before it.
void MboxReader::begin_line() {
  content(std::exchange(empty_line_, {}));
  divides_ = false;
}

/// Whole lines at once, as far as none of them begins like one that matters.
std::size_t MboxReader::text(View chunk) {
  std::size_t end = 0;
  for (;;) {
    const std::size_t lf = chunk.find('\n', end);
    if (lf == View::npos) {
      content(chunk);
      return chunk.size();
    }
    end = lf + 1;
    if (end == chunk.size() || is_suspect(chunk[end])) break;
  }
  stage_ = Stage::line_start;
  content(chunk.substr(0, end));
  return end;
}

std::size_t MboxReader::from_line(View chunk) {
  const std::size_t end = chunk.find('\n');
  const View line = chunk.substr(0, end);
  from_ += line.substr(0, kMaxFromLine - std::min(kMaxFromLine, from_.size()));
  if (end == View::npos) return chunk.size();
  begin_message();
  return end + 1;
}

void MboxReader::begin_message() {
  if (from_.ends_with('\r')) from_.pop_back();
  in_message_ = true;
  visitor_.message_begins(from_);
  from_.clear();
  stage_ = Stage::line_start;
  divides_ = false;
}

void MboxReader::end_message() {
  from_ = std::exchange(head_, {});
  empty_line_.clear();
  if (std::exchange(in_message_, false)) visitor_.message_ends();
}

void MboxReader::content(View octets) {
  if (octets.empty()) return;
  if (in_message_) {
    visitor_.content(octets);
  } else {
    passed_over_ += octets.size();
  }
}

void MboxReader::finish() {
  if (stage_ == Stage::from_line) begin_message();
  if (!head_.empty()) {
    content(std::exchange(empty_line_, {}));
    content(std::exchange(head_, {}));
  }
  end_message();
  from_.clear();
  stage_ = Stage::line_start;
  divides_ = true;
}

}  // namespace posthorn::frame
