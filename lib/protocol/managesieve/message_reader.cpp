#include "posthorn/protocol/managesieve/message_reader.h"

#include <algorithm>

#include "posthorn/grammar/frame/literal.h"

namespace posthorn::managesieve {

using frame::LineStatus;

MessageReader::Status MessageReader::next(Buffer& input) {
  for (;;) {
    if (!take_literal(input)) return Status::need_input;
    const frame::Line line = framer_.next(input);
    if (line.status == LineStatus::need_input) return Status::need_input;
    const Status status = take_line(input, line);
    if (status != Status::need_input) return status;
  }
}

/// False: more of a literal must come first.
bool MessageReader::take_literal(Buffer& input) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  if (count > 0) {
    if (fault_ == Fault::none) text_.append(input.view().substr(0, count));
    input.consume(count);
    left_ -= count;
  }
  return left_ == 0;
}

/// need_input: the message goes on behind a literal.
MessageReader::Status MessageReader::take_line(Buffer& input, const frame::Line& line) {
  if (line.status == LineStatus::too_long && frame::is_cut_literal(line.text)) return Status::lost;
  const auto mark = frame::literal_at_end(line.text);
  const bool right_form = !mark || (!mark->binary && mark->waits == (peer_ == Peer::server));
  if (fault_ == Fault::none) {
    fault_ = line.status == LineStatus::too_long ? Fault::line_too_long
             : line.status == LineStatus::bare   ? Fault::bare_line
             : right_form                        ? Fault::none
                                                 : Fault::wrong_literal;
  }
  if (fault_ == Fault::none) text_.append(line.text);
  input.consume(line.octets);
  // A client that waits to be asked for a literal does not send it.
  const bool follows = mark && (peer_ == Peer::server || !mark->waits);
  if (fault_ != Fault::none) {
    if (!follows) return Status::refused;
    return skip_literal(mark->octets) ? Status::need_input : Status::lost;
  }
  if (!follows) return Status::message;
  text_.append("\r\n");
  announced_ = mark->octets;
  return Status::announced;
}

bool MessageReader::skip_literal(std::uint64_t octets) {
  if (octets > skip_ - std::min(skip_, skipped_)) return false;
  skipped_ += octets;
  left_ = octets;
  return true;
}

bool MessageReader::refuse() {
  fault_ = Fault::by_caller;
  text_ = std::string();
  return skip_literal(announced_);
}

void MessageReader::reset() {
  text_ = std::string();
  announced_ = left_ = skipped_ = 0;
  fault_ = Fault::none;
}

}  // namespace posthorn::managesieve
