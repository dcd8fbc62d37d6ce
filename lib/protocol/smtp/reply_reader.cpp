#include "posthorn/protocol/smtp/reply_reader.h"

#include <utility>

#include "posthorn/grammar/cursor.h"

namespace posthorn::smtp {

namespace {

/// status-code = ("2" / "4" / "5") "." 1*3digit "." 1*3digit (RFC 2034 section 4), of the same class as the code.
void split_enhanced(Reply& reply) {
  Cursor c(reply.text);
  View subject;
  View detail;
  const char kind = static_cast<char>('0' + reply.code / 100);
  if (!c.try_octet(kind) || !c.octet('.') || !c.run(chars::kDigit, subject) || !c.octet('.') ||
      !c.run(chars::kDigit, detail) || subject.size() > 3 || detail.size() > 3 || (!c.at_end() && !c.try_sp())) {
    return;
  }
  reply.enhanced = std::string(1, kind) + "." + own(subject) + "." + own(detail);
  reply.text = own(c.rest());
}

}  // namespace

Result<std::optional<ServerReply>> ReplyReader::next(Buffer& input) {
  for (;;) {
    const frame::Line line = framer_.next(input);
    // A line without an end is not waited for.
    const bool endless = line.status == frame::LineStatus::need_input && framer_.dropping();
    if (line.status == frame::LineStatus::too_long || endless)
      return fail(peer_error(Code::too_long, "reply line too long"));
    if (line.status == frame::LineStatus::need_input) return std::optional<ServerReply>();
    if (line.status == frame::LineStatus::bare) return fail(peer_error(Code::syntax, "bare line end in a reply"));
    const Result<bool> last = take(line.text);
    input.consume(line.octets);
    if (!last) return fail(last.error());
    if (!*last) continue;
    code_ = 0;
    split_enhanced(reply_.first);
    return std::exchange(reply_, {});
  }
}

Result<bool> ReplyReader::take(View line) {
  Cursor c(line);
  View digits;
  constexpr CharSet kFirst("2345");
  if (!kFirst[c.peek()] || !c.run(chars::kDigit, digits) || digits.size() != 3) {
    return fail(peer_error(Code::syntax, "no reply code"));
  }
  const bool more = c.try_octet('-');
  if (!more && !c.try_sp() && !c.at_end()) return fail(peer_error(Code::syntax, "no reply code"));
  const auto code = static_cast<std::uint16_t>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
  if (code_ == 0) {
    code_ = code;
    reply_.first = {code, {}, own(c.rest())};
    return !more;
  }
  if (code != code_) return fail(peer_error(Code::syntax, "reply lines of different codes"));
  if (reply_.others.size() + 1 >= lines_) return fail(peer_error(Code::too_many, "too many reply lines"));
  reply_.others.push_back(own(c.rest()));
  return !more;
}

}  // namespace posthorn::smtp
