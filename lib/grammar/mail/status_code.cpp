#include "posthorn/grammar/mail/status_code.h"

#include "posthorn/grammar/cursor.h"

namespace posthorn::mail {

namespace {
constexpr std::uint16_t kMost = 999;
constexpr std::size_t kMostDigits = 3;

bool number(Cursor& c, std::uint16_t& out) {
  const std::uint32_t from = c.offset();
  return c.number(out, kMost) && c.offset() - from <= kMostDigits;
}
}  // namespace

std::string StatusCode::text() const {
  return std::to_string(kind) + "." + std::to_string(subject) + "." + std::to_string(detail);
}

std::optional<StatusCode> take_status_code(View& text) {
  Cursor c(text);
  StatusCode out;
  const bool ok =
      number(c, out.kind) && c.octet('.') && number(c, out.subject) && c.octet('.') && number(c, out.detail);
  const bool is_class = out.kind == 2 || out.kind == 4 || out.kind == 5;
  if (!ok || !is_class || c.peek() == '.' || chars::kAlnum[c.peek()]) return std::nullopt;
  text = c.rest();
  return out;
}

}  // namespace posthorn::mail
