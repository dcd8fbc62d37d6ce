#include "protocol/imap/commands/id.h"

#include <optional>
#include <string>

namespace posthorn::imap::commands::id {

namespace {
// RFC 2971 section 3.3.
constexpr int kMaxFields = 30;
constexpr std::size_t kMaxField = 30;    // octets
constexpr std::size_t kMaxValue = 1024;  // octets

bool field(Cursor& c) {
  std::string name;
  std::optional<std::string> value;
  if (!(string(c, name) && c.sp() && nstring(c, value))) return false;
  if (name.size() > kMaxField) return c.fail(Code::syntax, "the name of a field is too long");
  return !value || value->size() <= kMaxValue || c.fail(Code::syntax, "a field is too long");
}

void write(const Identity& identity, Responder& responder) {
  if (identity.name.empty() && identity.version.empty()) return responder.untagged("ID NIL");
  responder.raw("* ID (");
  if (!identity.name.empty()) responder.raw("\"name\" ").string(identity.name);
  if (!identity.name.empty() && !identity.version.empty()) responder.raw(" ");
  if (!identity.version.empty()) responder.raw("\"version\" ").string(identity.version);
  responder.raw(")").end();
}
}  // namespace

Result<Args> parse(Cursor& c) {
  if (!c.sp() || c.try_word("NIL") || !c.octet('(')) return c.finish(Args{});
  int fields = 0;
  while (c.ok() && !c.try_octet(')')) {
    if (++fields > kMaxFields) c.fail(Code::syntax, "too many fields");
    static_cast<void>((fields == 1 || c.sp()) && field(c));
  }
  return c.finish(Args{});
}

Result<std::unique_ptr<Execution>> run(Args /*args*/, State& state) {
  return once([&state](Responder& responder) {
    write(state.identity == nullptr ? Identity() : *state.identity, responder);
    responder.ok("Nice to meet you");
  });
}

}  // namespace posthorn::imap::commands::id
