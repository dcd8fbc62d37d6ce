#include "posthorn/service/submission/message_facts.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/grammar/mime/header.h"

namespace posthorn::submission {

namespace {

using mail::Address;

void add_once(std::vector<std::string>& list, std::string text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

// One From or Sender field. What address_list() passes over would be shown by some reader: hence `unreadable_author`
// where it finds no address at all, or one without its parts. True where there is an author.
bool read_authors(View raw, const Limits& limits, Facts& facts) {
  bool found = false;
  for (const Address& address : mail::address_list(raw)) {
    if (address.kind != Address::Kind::mailbox) continue;
    if (address.local_part.empty() || address.domain.empty()) {
      facts.unreadable_author = true;
      continue;
    }
    found = true;
    auto domain = mail::ascii_domain(address.domain);
    const mail::Mailbox mailbox{address.local_part, domain ? std::move(*domain) : address.domain};
    if (facts.authors.size() <= limits.max_authors) add_once(facts.authors, mailbox.text());
  }
  if (!found) facts.unreadable_author = true;
  return found;
}

}  // namespace

Facts read_facts(View header, const Limits& limits) {
  Facts facts;
  mime::FieldReader reader(header);
  mime::Field field;
  while (reader.next(field)) {
    if (same_word(field.name, "From")) {
      ++facts.from_fields;
      facts.has_from = read_authors(field.raw, limits, facts) || facts.has_from;
    } else if (same_word(field.name, "Sender")) {
      read_authors(field.raw, limits, facts);
    } else if (same_word(field.name, "Date")) {
      facts.has_date = true;
    } else if (same_word(field.name, "Message-ID")) {
      facts.has_message_id = true;
    } else if (same_word(field.name, "Received")) {
      ++facts.received;
    }
  }
  return facts;
}

Result<void> check(const Facts& facts, const Limits& limits) {
  if (facts.from_fields == 0) return fail(peer_error(Code::syntax, "no From field"));
  if (facts.from_fields > 1) return fail(peer_error(Code::syntax, "more than one From field"));
  if (!facts.has_from || facts.unreadable_author) return fail(peer_error(Code::syntax, "an author without an address"));
  if (facts.authors.size() > limits.max_authors) return fail(peer_error(Code::too_many, "authors"));
  return {};
}

std::string fix_ups(const Facts& facts, WallTime now, View id, View host) {
  std::string lines;
  if (!facts.has_date) lines.append("Date: ").append(mail::format_date(now)).append("\r\n");
  if (!facts.has_message_id) lines.append("Message-ID: <").append(id).append("@").append(host).append(">\r\n");
  return lines;
}

}  // namespace posthorn::submission
