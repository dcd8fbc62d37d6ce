#include "posthorn/grammar/mail/policy_record.h"

#include <algorithm>
#include <utility>

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

View trimmed_both(View text) {
  while (!text.empty() && chars::kSpace[text.front()]) text.remove_prefix(1);
  return trimmed(text);
}

bool consists_of(View text, const CharSet& set) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) { return set[c]; });
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

std::vector<PolicyField> read_policy_fields(View text) {
  std::vector<PolicyField> fields;
  while (!text.empty()) {
    const View piece = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    const std::size_t equals = std::min(piece.find('='), piece.size());
    const View value = trimmed_both(piece.substr(std::min(equals + 1, piece.size())));
    std::string name = own(trimmed_both(piece.substr(0, equals)));
    std::ranges::transform(name, name.begin(), to_lower);
    if (!consists_of(name, kName) || !consists_of(value, kValue)) continue;
    if (std::ranges::find(fields, name, &PolicyField::name) == fields.end()) {
      fields.push_back({std::move(name), own(value)});
    }
  }
  return fields;
}

}  // namespace posthorn::mail
