// Addresses: a path that is read is written and read again to the same; lists take any octets.
#include "posthorn/grammar/mail/address.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  for (const bool utf8 : {false, true}) {
    Cursor c(input);
    mail::Mailbox m;
    if (!mail::reverse_path(c, utf8, m) || m.is_null()) continue;
    const std::string text = m.text();
    const std::string path = "<" + text + ">";
    Cursor second(path);
    mail::Mailbox same;
    fuzzing::check(path.size() > mail::kMaxPath || (mail::reverse_path(second, utf8, same) && same == m),
                   "a path is read again to the same");
  }
  int open = 0;
  for (const mail::Address& a : mail::address_list(input)) {
    if (a.kind == mail::Address::Kind::group_begin) ++open;
    if (a.kind == mail::Address::Kind::group_end) --open;
    fuzzing::check(open == 0 || open == 1, "groups begin and end in turn");
  }
  fuzzing::check(open == 0, "every group ends");
}
