#include "protocol/imap/commands/id.h"

#include <optional>
#include <string>

namespace posthorn::imap::commands::id {

namespace {
constexpr int kMaxFields = 30;  // RFC 2971 section 3.3
}

Result<Args> parse(Cursor& c) {
  if (!c.sp() || c.try_word("NIL") || !c.octet('(')) return c.finish(Args{});
  int fields = 0;
  while (c.ok() && !c.try_octet(')')) {
    std::string field;
    std::optional<std::string> value;
    if (++fields > kMaxFields) c.fail(Code::too_many, "fields of ID");
    static_cast<void>((fields == 1 || c.sp()) && string(c, field) && c.sp() && nstring(c, value));
  }
  return c.finish(Args{});
}

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& /*state*/) {
  return once([](Responder& responder) {
    responder.untagged("ID (\"name\" \"Posthorn\")");
    responder.ok("Nice to meet you");
  });
}

}  // namespace posthorn::imap::commands::id
