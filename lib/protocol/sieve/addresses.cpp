#include "protocol/sieve/addresses.h"

#include <algorithm>
#include <array>

#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mime/fields.h"

namespace posthorn::sieve {

namespace {

bool match_parts(Match& match, View local_part, View domain) {
  const TagRow* tag = match.call().chosen(Group::address_part);
  // What is no address has no parts (RFC 5228 section 2.7.4).
  if (tag != nullptr && domain.empty()) return tag->part == whole_address && match.value(local_part);
  const auto part =
      tag == nullptr ? whole_address(match.run(), local_part, domain) : tag->part(match.run(), local_part, domain);
  return part && match.value(match.run().keep(*part));
}

}  // namespace

std::optional<std::string> whole_address(Run& /*run*/, View local_part, View domain) {
  if (domain.empty()) return own(local_part);
  return own(local_part) + "@" + own(domain);
}

bool match_addresses(Match& match, View field_body) {
  bool any = false;
  for (const mail::Address& each : mail::address_list(field_body)) {
    if (each.kind != mail::Address::Kind::mailbox) continue;
    any = true;
    if (match_parts(match, each.local_part, each.domain)) return true;
  }
  // What is no address can still be looked for as a whole.
  std::deque<std::string> room;
  return !any && match.call().chosen(Group::address_part) == nullptr && match.value(decode_field(field_body, room));
}

bool match_address(Match& match, View address) {
  // The null sender is the empty string, whatever part is asked for (RFC 5228 section 5.4).
  if (address.empty()) return match.value(address);
  const std::size_t at = address.rfind('@');
  if (at == View::npos) return match_parts(match, address, {});
  return match_parts(match, address.substr(0, at), address.substr(at + 1));
}

bool holds_addresses(View field_name) {
  const mime::FieldRow* row = mime::field_row(field_name);
  return row == nullptr || row->kind == mime::FieldKind::addresses;
}

}  // namespace posthorn::sieve
