// Received: every word that is told stands in the field, and an address is one.
#include "posthorn/grammar/mail/received.h"

#include <string>

#include "posthorn/grammar/mail/date.h"

#include "check.h"
#include "fuzz.h"
#include "grammar/mail/ip_text.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  const mail::Received r = mail::parse_received(input);
  for (const View word : {r.from.name, r.from.address, r.from.reverse_name, r.from.helo, r.from.ident, r.by, r.via,
                          r.with, r.id, r.recipient, r.tls_version, r.tls_cipher}) {
    const bool inside =
        word.empty() || (word.data() >= input.data() && word.data() + word.size() <= input.data() + input.size());
    fuzzing::check(inside, "a word of the field");
  }
  const View address = r.from.address;
  fuzzing::check(address.empty() || mail::ipv4_octets(address) || mail::ipv6_octets(address), "an IP address");
  if (const auto* const row = mail::transmission(r.with)) {
    fuzzing::check(mail::transmission(row->protocol) != nullptr, "a protocol is a word");
  }
  if (r.date) {
    const auto again = mail::parse_received("; " + mail::format_date(*r.date)).date;
    fuzzing::check(!again || *again == *r.date, "a date is stable");
  }
}
