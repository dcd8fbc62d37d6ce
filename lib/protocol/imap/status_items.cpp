#include "protocol/imap/status_items.h"

#include "posthorn/protocol/imap/arguments.h"

namespace posthorn::imap::status_items {

namespace {
struct Row {
  View word;
  std::uint64_t (*value)(const MailboxStatus&);
};
// RFC 9051 section 6.3.11; RECENT is of RFC 3501 and always 0 here.
constexpr Row kRows[] = {
    {"MESSAGES", [](const MailboxStatus& s) -> std::uint64_t { return s.messages; }},
    {"RECENT", [](const MailboxStatus&) -> std::uint64_t { return 0; }},
    {"UIDNEXT", [](const MailboxStatus& s) -> std::uint64_t { return s.uid_next.value(); }},
    {"UIDVALIDITY", [](const MailboxStatus& s) -> std::uint64_t { return s.uid_validity.value(); }},
    {"UNSEEN", [](const MailboxStatus& s) -> std::uint64_t { return s.unseen; }},
    {"DELETED", [](const MailboxStatus& s) -> std::uint64_t { return s.deleted; }},
    {"SIZE", [](const MailboxStatus& s) -> std::uint64_t { return s.octets; }},
};
}  // namespace

bool parse(Cursor& c, Items& out) {
  out = 0;
  if (!c.octet('(')) return false;
  do {
    View word;
    if (!atom(c, word)) return false;
    Items bit = 0;
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
      if (same_word(kRows[i].word, word)) bit = static_cast<Items>(1U << i);
    }
    if (bit == 0) return c.fail(Code::syntax, "an unknown status item");
    out = static_cast<Items>(out | bit);
  } while (c.try_sp());
  return c.octet(')');
}

void write(View name, const MailboxStatus& status, Items items, Responder& responder) {
  responder.raw("* STATUS ").mailbox(name).raw(" (");
  View space;
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    if ((items & (1U << i)) == 0) continue;
    responder.raw(space).raw(kRows[i].word).raw(" ").number(kRows[i].value(status));
    space = " ";
  }
  responder.raw(")").end();
}

}  // namespace posthorn::imap::status_items
