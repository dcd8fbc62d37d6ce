#include "protocol/imap/status_items.h"

#include <algorithm>
#include <iterator>

#include "posthorn/protocol/imap/arguments.h"

namespace posthorn::imap::status_items {

namespace {
struct Facts {
  const MailboxStatus& status;
  std::uint64_t append_limit;
};
struct Row {
  View word;
  std::uint64_t (*value)(const Facts&);  // null: no number
};
constexpr View kHighestModSeq = "HIGHESTMODSEQ";
// RFC 9051 section 6.3.11; RECENT is of RFC 3501 and always 0 here.
constexpr Row kRows[] = {
    {"MESSAGES", [](const Facts& f) -> std::uint64_t { return f.status.messages; }},
    {"RECENT", [](const Facts&) -> std::uint64_t { return 0; }},
    {"UIDNEXT", [](const Facts& f) -> std::uint64_t { return f.status.uid_next.value(); }},
    {"UIDVALIDITY", [](const Facts& f) -> std::uint64_t { return f.status.uid_validity.value(); }},
    {"UNSEEN", [](const Facts& f) -> std::uint64_t { return f.status.unseen; }},
    {"DELETED", [](const Facts& f) -> std::uint64_t { return f.status.deleted; }},
    {"SIZE", [](const Facts& f) -> std::uint64_t { return f.status.octets; }},
    // 0 would say that the mailbox has no mod-sequences (RFC 7162 section 3.1.2.1).
    {kHighestModSeq,
     [](const Facts& f) -> std::uint64_t { return std::max<std::uint64_t>(f.status.highest_modseq.value(), 1); }},
    {"APPENDLIMIT", [](const Facts& f) -> std::uint64_t { return f.append_limit; }},  // RFC 7889 section 2
    {"DELETED-STORAGE",
     [](const Facts& f) -> std::uint64_t { return f.status.deleted_octets; }},  // RFC 9208 section 5.1
    {"MAILBOXID", nullptr},                                                     // RFC 8474 section 4.3
};

bool asks(Items items, std::size_t row) { return (items & (1U << row)) != 0; }
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

void enable(Items items, Enabled& enabled) {
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    if (asks(items, i) && kRows[i].word == kHighestModSeq) enabled.condstore = true;
  }
}

void write(View name, const MailboxStatus& status, std::uint64_t append_limit, Items items, Responder& responder) {
  const Facts facts{status, append_limit};
  responder.raw("* STATUS ").mailbox(name).raw(" (");
  View space;
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    const Row& row = kRows[i];
    // A host without object ids has nothing that could stand there.
    if (!asks(items, i) || (row.value == nullptr && status.mailbox_id.empty())) continue;
    responder.raw(space).raw(row.word).raw(" ");
    if (row.value == nullptr) {
      responder.raw("(").raw(status.mailbox_id).raw(")");
    } else {
      responder.number(row.value(facts));
    }
    space = " ";
  }
  responder.raw(")").end();
}

}  // namespace posthorn::imap::status_items
