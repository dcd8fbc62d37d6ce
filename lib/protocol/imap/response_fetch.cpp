// FETCH (RFC 9051 section 7.5.2) and the items that extensions add.
#include <utility>

#include "posthorn/grammar/mail/date.h"

#include "protocol/imap/response_reader.h"

namespace posthorn::imap::response {

namespace {

constexpr CharSet kItemName = chars::kAlnum + CharSet(".-_:/");
constexpr CharSet kSectionText = ~CharSet("]\"({").add('\r').add('\n').add('\0');

/// "[" section "]" ["<" origin ">"]
bool section(Reader& r, Content& out) {
  if (!r.octet('[')) return false;
  const std::uint32_t from = r.cursor().offset();
  while (r.ok() && r.peek() != ']') {
    if (!r.cursor().try_run(kSectionText).empty()) continue;
    View names;
    if (!r.value(names)) return false;
  }
  out.section = r.text_from(from);
  if (!r.octet(']')) return false;
  if (!r.try_octet('<')) return true;
  return r.number(out.origin) && r.octet('>');
}

bool take_octets(Reader& r, Content& out) {
  Octets read;
  if (!r.octets(read)) return false;
  out.octets = std::move(read.text);
  out.size = read.size;
  out.streamed = read.streamed;
  return true;
}

bool content(Reader& r, View item, Fetch& out) {
  Content read;
  read.item = item;
  if (r.peek() == '[' && !section(r, read)) return false;
  if (!(r.spaces() && take_octets(r, read))) return false;
  out.contents.push_back(std::move(read));
  return true;
}

bool date(Reader& r, std::optional<WallTime>& out) {
  std::optional<std::string> text;
  if (!r.nstring(text)) return false;
  if (!text) return true;
  out = mail::parse_internal_date(*text);
  return out || r.fail(posthorn::Code::syntax, "a date-time");
}

bool uid(Reader& r, View, Fetch& out) { return r.strong(out.uid.emplace()) && out.uid->value() != 0; }
bool flags(Reader& r, View, Fetch& out) { return r.flag_list(out.flags.emplace()); }
bool size(Reader& r, View, Fetch& out) { return r.number(out.size); }
bool internal_date(Reader& r, View, Fetch& out) { return date(r, out.internal_date); }
bool save_date(Reader& r, View, Fetch& out) { return date(r, out.save_date); }
bool envelope(Reader& r, View, Fetch& out) { return read_envelope(r, out.envelope.emplace()); }
bool modseq(Reader& r, View, Fetch& out) {
  return r.octet('(') && r.strong(out.modseq.emplace()) && r.spaces() && r.octet(')');
}
bool preview(Reader& r, View, Fetch& out) { return r.nstring(out.preview); }

bool body(Reader& r, View item, Fetch& out) {
  out.extensible = item.size() > 4;
  return read_body(r, out.body.emplace());
}

bool id(Reader& r, std::optional<std::string>& out) {
  if (r.try_word("NIL")) return true;
  return r.octet('(') && r.astring(out.emplace()) && r.spaces() && r.octet(')');
}
bool email_id(Reader& r, View, Fetch& out) { return id(r, out.email_id); }
bool thread_id(Reader& r, View, Fetch& out) { return id(r, out.thread_id); }

bool binary_size(Reader& r, View, Fetch& out) {
  Content part;
  std::uint64_t octets = 0;
  if (!(section(r, part) && r.sp() && r.number(octets))) return false;
  out.binary_sizes.emplace_back(std::move(part.section), octets);
  return true;
}

enum class Kept : std::uint8_t { strict, as_text };  // what cannot be read: the response fails, or Fetch::others
struct ItemRow {
  View name;
  bool (*read)(Reader& r, View item, Fetch& out);
  Kept kept = Kept::strict;
};
constexpr ItemRow kItems[] = {
    {"UID", uid},
    {"FLAGS", flags},
    {"INTERNALDATE", internal_date, Kept::as_text},
    {"RFC822.SIZE", size},
    {"MODSEQ", modseq},
    {"ENVELOPE", envelope, Kept::as_text},
    {"BODYSTRUCTURE", body, Kept::as_text},
    {"BINARY.SIZE", binary_size},
    {"RFC822", content},
    {"RFC822.HEADER", content},
    {"RFC822.TEXT", content},
    {"BINARY", content},
    {"EMAILID", email_id, Kept::as_text},
    {"THREADID", thread_id, Kept::as_text},
    {"PREVIEW", preview, Kept::as_text},
    {"SAVEDATE", save_date, Kept::as_text},
};

const ItemRow* find_item(View name, char next) {
  static constexpr ItemRow kSection{"BODY", content};
  static constexpr ItemRow kBody{"BODY", body, Kept::as_text};
  if (same_word(name, "BODY")) return next == '[' ? &kSection : &kBody;
  for (const ItemRow& row : kItems) {
    if (same_word(row.name, name)) return &row;
  }
  return nullptr;
}

void forget(View item, Fetch& out) {
  if (same_word(item, "ENVELOPE")) out.envelope.reset();
  if (same_word(item, "BODY") || same_word(item, "BODYSTRUCTURE")) out.body.reset();
}

bool unknown(Reader& r, View name, Fetch& out) {
  View value;
  if (!r.value(value)) return false;
  out.others.push_back({own(name), own(value)});
  return true;
}

bool item(Reader& r, Fetch& out) {
  View name;
  if (!r.cursor().run(kItemName, name)) return false;
  const ItemRow* row = find_item(name, r.peek());
  if (r.peek() != '[' && !r.sp()) return false;
  if (row == nullptr) {
    Content part;
    const std::uint32_t from = r.cursor().offset() - static_cast<std::uint32_t>(name.size());
    if (r.peek() == '[' && section(r, part)) name = r.text_from(from);
    return unknown(r, name, out);
  }
  r.spaces();
  Reader typed = r;
  const bool read = row->read(typed, row->name, out);
  if (read || row->kept == Kept::strict) {
    r = typed;
    return read;
  }
  forget(name, out);
  return unknown(r, name, out);
}

}  // namespace

bool read_fetch(Reader& r, Fetch& out) {
  r.spaces();
  if (!r.octet('(')) return false;
  while (!r.try_close()) {
    if (!item(r, out)) return r.fail(posthorn::Code::syntax, "an item of FETCH");
  }
  return r.ok();
}

std::optional<Begun> parse_begun_fetch(View text, const ParseOptions& options) {
  Begun begun;
  Reader r(text, options);
  std::uint32_t number = 0;
  if (!(r.try_octet('*') && r.sp() && r.number(number) && r.sp())) return std::nullopt;
  if (r.try_word("UIDFETCH")) {
    begun.fetch.uid = Uid(number);
  } else if (r.try_word("FETCH")) {
    begun.fetch.number = SeqNum(number);
  } else {
    return std::nullopt;
  }
  if (!(r.spaces() && r.octet('('))) return std::nullopt;
  for (;;) {
    r.spaces();
    Reader last = r;
    View name;
    if (!last.cursor().run(kItemName, name)) return std::nullopt;
    const ItemRow* row = find_item(name, last.peek());
    if (row != nullptr && row->read == content) {
      begun.item.item = row->name;
      if (last.peek() == '[' && !section(last, begun.item)) return std::nullopt;
      if (last.end()) return begun;
    }
    if (!item(r, begun.fetch)) return std::nullopt;
  }
}

const Content* Fetch::content(View section) const {
  for (const Content& c : contents) {
    if (c.item == "BODY" && same_word(c.section, section)) return &c;
  }
  return nullptr;
}

}  // namespace posthorn::imap::response
