#include "posthorn/grammar/mail/policy_record.h"

#include "posthorn/grammar/cursor.h"

namespace posthorn::mail {

namespace {

constexpr CharSet kName = chars::kAlnum + CharSet("_-.");
constexpr CharSet kValue = chars::kVisible + chars::kSpace - CharSet(";");
constexpr std::size_t kMaxName = 32;  // octets, RFC 8461 section 3.1

View trimmed(View text) {
  while (!text.empty() && chars::kSpace[text.back()]) text.remove_suffix(1);
  return text;
}

bool version_of(Cursor& c, View version) {
  for (const char v : {'v', '='}) c.octet(v);
  View found;
  return c.octets(version.size(), found) && found == version;
}

bool delimiter(Cursor& c) {
  const std::uint32_t before = c.offset();
  c.try_run(chars::kSpace);
  if (!c.try_octet(';')) {
    c.back_to(before);
    return false;
  }
  c.try_run(chars::kSpace);
  return true;
}

}  // namespace

bool is_policy_record(View text, View version) {
  Cursor c(text);
  return version_of(c, version) && delimiter(c);
}

Result<std::vector<PolicyField>> parse_policy_record(View text, View version) {
  if (!is_policy_record(text, version)) return fail(peer_error(Code::syntax, "not of version " + own(version)));
  Cursor c(text);
  std::vector<PolicyField> fields;
  version_of(c, version);
  while (c.ok() && delimiter(c) && !c.at_end()) {
    View name;
    View value;
    c.run(kName, name) && c.octet('=') && c.run(kValue, value);
    if (c.ok() && (name.size() > kMaxName || !chars::kAlnum[name.front()])) c.fail(Code::syntax);
    fields.push_back({own(name), own(trimmed(value))});
  }
  c.try_run(chars::kSpace);
  c.end();
  if (fields.empty()) c.fail(Code::syntax, "no fields");
  return c.finish(std::move(fields));
}

}  // namespace posthorn::mail
