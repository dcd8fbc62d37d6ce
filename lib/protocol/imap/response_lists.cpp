// LIST, STATUS, ESEARCH and THREAD.
#include <utility>

#include "protocol/imap/response_reader.h"

namespace posthorn::imap::response {

namespace {

bool list_extension(Reader& r, List& out) {
  std::string name;
  if (!(r.astring(name) && r.sp())) return false;
  if (same_word(name, "CHILDINFO")) return r.astrings(out.child_info);
  if (same_word(name, "OLDNAME"))
    return r.octet('(') && r.mailbox(out.old_name.emplace()) && r.spaces() && r.octet(')');
  View value;
  if (!r.value(value)) return false;
  out.others.push_back({std::move(name), own(value)});
  return true;
}

template <class T, auto Member>
bool number(Reader& r, MailboxState& out) {
  auto& value = (out.*Member).emplace();
  if constexpr (requires { value.value(); }) {
    return r.strong(value);
  } else {
    return r.number(value);
  }
}

bool mailbox_id(Reader& r, MailboxState& out) {
  return r.octet('(') && r.astring(out.mailbox_id.emplace()) && r.spaces() && r.octet(')');
}

bool append_limit(Reader& r, MailboxState& out) { return r.try_word("NIL") || r.number(out.append_limit); }

struct StatusRow {
  View name;
  bool (*read)(Reader& r, MailboxState& out);
};
constexpr StatusRow kStatus[] = {
    {"MESSAGES", number<MailboxState, &MailboxState::messages>},
    {"RECENT", number<MailboxState, &MailboxState::recent>},
    {"UNSEEN", number<MailboxState, &MailboxState::unseen>},
    {"DELETED", number<MailboxState, &MailboxState::deleted>},
    {"UIDNEXT", number<MailboxState, &MailboxState::uid_next>},
    {"UIDVALIDITY", number<MailboxState, &MailboxState::uid_validity>},
    {"HIGHESTMODSEQ", number<MailboxState, &MailboxState::highest_modseq>},
    {"SIZE", number<MailboxState, &MailboxState::size>},
    {"DELETED-STORAGE", number<MailboxState, &MailboxState::deleted_storage>},
    {"APPENDLIMIT", append_limit},
    {"MAILBOXID", mailbox_id},
};

bool status_item(Reader& r, MailboxState& out) {
  View name;
  if (!(r.atom(name) && r.sp())) return false;
  for (const StatusRow& row : kStatus) {
    if (same_word(row.name, name)) return row.read(r, out);
  }
  View value;
  if (!r.value(value)) return false;
  out.others.push_back({own(name), own(value)});
  return true;
}

bool correlator(Reader& r, ESearch& out) {
  r.spaces();
  while (r.try_octet('(')) {
    // RFC 7377 adds MAILBOX and UIDVALIDITY.
    while (!r.try_close()) {
      View name;
      if (!(r.atom(name) && r.sp())) return false;
      std::string value;
      if (!r.astring(value)) return false;
      if (same_word(name, "TAG")) {
        out.tag = std::move(value);
      } else {
        out.others.push_back({own(name), std::move(value)});
      }
    }
    r.spaces();
  }
  return r.ok();
}

bool partial(Reader& r, ESearch& out) {
  View range;
  auto& [written, numbers] = out.partial.emplace();
  if (!(r.octet('(') && r.cursor().run(chars::kDigit + CharSet(":-"), range) && r.sp())) return false;
  written = range;
  return (r.try_word("NIL") || r.set(numbers)) && r.spaces() && r.octet(')');
}

bool esearch_item(Reader& r, ESearch& out) {
  View name;
  if (!(r.atom(name) && r.sp())) return false;
  if (same_word(name, "MIN")) return r.number(out.min);
  if (same_word(name, "MAX")) return r.number(out.max);
  if (same_word(name, "COUNT")) return r.number(out.count);
  if (same_word(name, "ALL")) return r.set(out.all);
  if (same_word(name, "MODSEQ")) return r.strong(out.modseq.emplace());
  if (same_word(name, "PARTIAL")) return partial(r, out);
  View value;
  if (!r.value(value)) return false;
  out.others.push_back({own(name), own(value)});
  return true;
}

}  // namespace

bool List::has(View attribute) const {
  for (const std::string& a : attributes) {
    if (same_word(a, attribute)) return true;
  }
  return false;
}

bool read_list(Reader& r, List& out) {
  if (!(r.attributes(out.attributes) && r.sp() && r.delimiter(out.delimiter) && r.sp() &&
        r.mailbox(out.name, &out.wire_name) && r.spaces()))
    return false;
  if (!r.try_octet('(')) return true;
  while (!r.try_close()) {
    if (!list_extension(r, out)) return false;
  }
  return r.ok();
}

bool read_status(Reader& r, MailboxState& out) {
  if (!(r.mailbox(out.mailbox) && r.sp() && r.octet('('))) return false;
  while (!r.try_close()) {
    if (!status_item(r, out)) return false;
  }
  return r.ok();
}

bool read_esearch(Reader& r, ESearch& out) {
  if (!correlator(r, out)) return false;
  if (r.try_word("UID")) {
    out.uids = true;
    r.spaces();
  }
  while (r.ok() && !r.at_end()) {
    if (!(esearch_item(r, out) && r.spaces())) return false;
  }
  return r.ok();
}

// thread-list = "(" (thread-members / thread-nested) ")"; a list of its own stack, because servers may nest as deep as
// a conversation is long.
bool read_thread(Reader& r, Thread& out) {
  struct Level {
    std::size_t parent;  // of what comes next
    bool begun = false;  // a member or a nested thread was there
  };
  std::vector<Level> levels;
  for (;;) {
    r.spaces();
    if (r.at_end() && levels.empty()) return r.ok();
    if (r.try_octet('(')) {
      std::size_t parent = levels.empty() ? Thread::kNone : levels.back().parent;
      if (!levels.empty() && !levels.back().begun) {
        // Siblings without a parent of their own: the message above them is missing (RFC 5256 section 4).
        out.nodes.push_back({0, parent});
        parent = out.nodes.size() - 1;
        levels.back() = {parent, true};
      }
      levels.push_back({parent});
    } else if (!levels.empty() && levels.back().begun && r.try_octet(')')) {
      levels.pop_back();
    } else {
      std::uint32_t number = 0;
      if (levels.empty() || !r.number(number)) return r.fail(posthorn::Code::syntax, "a thread");
      out.nodes.push_back({number, levels.back().parent});
      levels.back() = {out.nodes.size() - 1, true};
    }
  }
}

}  // namespace posthorn::imap::response
