#include "protocol/sieve/fields.h"

#include <vector>

#include "posthorn/grammar/mime/fields.h"

namespace posthorn::sieve {

namespace {

/// @returns true: that was enough
bool fields_of_part(Call& call, View name, const Selection& selection, mime::PartId part, const EachField& each) {
  Mail& mail = call.run().mail();
  const mime::Message& message = mail.tree();
  const Limits& limits = call.run().options().limits;
  std::vector<View> found;
  for (const mime::Field& field : mime::NamedFields(message.header(part), name))
    found.push_back(field.raw.substr(0, limits.field));
  if (!call.run().spend(1 + message.header(part).size() / kOctetsOfStep)) return true;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::size_t place = selection.from_end ? found.size() - i : i + 1;
    if (selection.index != 0 && selection.index != place) continue;
    if (!call.run().spend_octets(found[i].size()) || each({name, found[i], nullptr})) return true;
  }
  if (!selection.of_children) return false;
  for (const mime::PartId child : message.children(part)) {
    if (fields_of_part(call, name, selection, child, each)) return true;
  }
  return false;
}

bool fields_of(Call& call, View name, const Selection& selection, const EachField& each) {
  Mail& mail = call.run().mail();
  if (selection.of_part) return fields_of_part(call, name, selection, mail.part(), each);
  std::vector<std::uint32_t> found;
  if (!call.run().spend_octets(mail.fields().size() * kOctetsOfName)) return true;
  mail.find(name, selection, found);
  for (const std::uint32_t i : found) {
    const View raw = mail.fields()[i].raw;
    if (!call.run().spend_octets(raw.size()) || each({name, raw, &mail.decoded(i)})) return true;
  }
  return false;
}

}  // namespace

void for_each_field_of(Call& call, View name, const EachField& each) { fields_of(call, name, call.selection(), each); }

void for_each_field(Call& call, std::size_t names, const EachField& each) {
  const Selection selection = call.selection();
  for (std::size_t i = 0; i < call.count(names); ++i) {
    if (fields_of(call, call.text_at(names, i), selection, each)) return;
  }
}

bool match_field(Match& match, const FieldValue& field) {
  Call& call = match.call();
  for (const Bound& each : call.program().tags(call.node())) {
    if (each.tag->values != nullptr) return each.tag->values(match, *each.tag, field.name, field.raw);
  }
  if (field.decoded != nullptr) return match.value(*field.decoded);
  std::deque<std::string> room;
  return match.value(decode_field(field.raw, room));
}

}  // namespace posthorn::sieve
