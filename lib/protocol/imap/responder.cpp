#include "posthorn/protocol/imap/responder.h"

#include <algorithm>
#include <charconv>

#include "posthorn/bytes/codec/utf7.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

#include "protocol/imap/replies.h"

namespace posthorn::imap {

namespace {

constexpr std::size_t kLongestQuoted = 1000;
constexpr CharSet kNeverQuoted = CharSet::range(0x00, 0x1F) + CharSet::range(0x7F, 0xFF);

View word_of(Status status) {
  switch (status) {
    case Status::ok: return "OK";
    case Status::no: return "NO";
    case Status::bad: return "BAD";
    case Status::bye: return "BYE";
  }
  return "BAD";
}

bool fits_quotes(View octets, bool utf8) {
  if (octets.size() > kLongestQuoted) return false;
  for (char c : octets) {
    if (kNeverQuoted[c] && !(utf8 && chars::kEightBit[c])) return false;
  }
  return !utf8 || codec::is_utf8(octets);
}

struct SystemWord {
  SystemFlag flag;
  View word;
};
constexpr SystemWord kSystemWords[] = {{SystemFlag::answered, "\\Answered"},
                                       {SystemFlag::flagged, "\\Flagged"},
                                       {SystemFlag::deleted, "\\Deleted"},
                                       {SystemFlag::seen, "\\Seen"},
                                       {SystemFlag::draft, "\\Draft"}};

}  // namespace

Responder& Responder::raw(View octets) {
  out_.append(octets);
  return *this;
}

Responder& Responder::number(std::uint64_t n) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  return raw(View(digits, static_cast<std::size_t>(end - digits)));
}

Responder& Responder::string(View octets) {
  if (!fits_quotes(octets, utf8())) return literal(octets.size()).raw(octets);
  raw("\"");
  for (std::size_t from = 0; from < octets.size();) {
    const std::size_t special = std::min(octets.find_first_of("\"\\", from), octets.size());
    raw(octets.substr(from, special - from));
    if (special < octets.size()) raw("\\").raw(octets.substr(special, 1));
    from = special + 1;
  }
  return raw("\"");
}

Responder& Responder::nstring(std::optional<View> octets) { return octets ? string(*octets) : raw("NIL"); }

Responder& Responder::literal(std::uint64_t octets) { return raw("{").number(octets).raw("}\r\n"); }

Responder& Responder::mailbox(View name) { return utf8() ? string(name) : string(codec::utf7_encode(name)); }

Responder& Responder::flags(const Flags& flags) { return raw("(").raw(flag_words(flags)).raw(")"); }

Responder& Responder::end() { return raw("\r\n"); }

void Responder::untagged(View text) { raw("* ").raw(text).end(); }

void Responder::untagged(Status status, View code, View text) { status_line("*", status, code, text); }

void Responder::continuation(View text) { raw("+ ").raw(text).end(); }

void Responder::change(const Change& change, SelectedMailbox& view) {
  switch (change.kind) {
    case Change::Kind::expunged: raw("* ").number(change.number.value()).raw(" EXPUNGE").end(); break;
    case Change::Kind::exists: raw("* ").number(change.number.value()).raw(" EXISTS").end(); break;
    case Change::Kind::flags:
      if (const auto number = view.number_of(change.uid)) flags_of(*number, view.facts(*number));
      break;
  }
}

void Responder::vanished(std::span<const Range> uids, bool earlier) {
  if (uids.empty()) return;
  raw(earlier ? "* VANISHED (EARLIER) " : "* VANISHED ").raw(number_set(uids)).end();
}

Responder& Responder::begin_fetch(SeqNum number, Uid uid) {
  if (enabled_.uidonly) return raw("* ").number(uid.value()).raw(" UIDFETCH (");
  return raw("* ").number(number.value()).raw(" FETCH (");
}

void Responder::begin_facts(SeqNum number, const MessageFacts& facts, bool with_uid) {
  begin_fetch(number, facts.uid);
  // RFC 7162 section 3.2.4: with QRESYNC every FETCH response that nobody asked for has the UID.
  if ((with_uid || enabled_.qresync) && !enabled_.uidonly) raw("UID ").number(facts.uid.value()).raw(" ");
  if (enabled_.condstore) raw("MODSEQ (").number(facts.modseq.value()).raw(")");
}

void Responder::flags_of(SeqNum number, const MessageFacts& facts, bool with_uid) {
  begin_facts(number, facts, with_uid);
  raw(enabled_.condstore ? " FLAGS " : "FLAGS ").flags(facts.flags).raw(")").end();
}

void Responder::modseq_of(SeqNum number, const MessageFacts& facts, bool with_uid) {
  begin_facts(number, facts, with_uid);
  raw(")").end();
}

bool News::tell(SelectedMailbox& view, Responder& responder) {
  while (!told() && !responder.full()) {
    if (changes_[at_].kind == Change::Kind::expunged && responder.enabled().vanishes()) {
      tell_vanished(responder);
    } else {
      responder.change(changes_[at_++], view);
    }
  }
  if (told()) *this = News();
  return told();
}

/// A run of removed messages as one response.
void News::tell_vanished(Responder& responder) {
  std::vector<std::uint32_t> uids;
  for (; at_ < changes_.size() && changes_[at_].kind == Change::Kind::expunged && uids.size() < kVanishedPerLine;
       ++at_) {
    uids.push_back(changes_[at_].uid.value());
  }
  std::sort(uids.begin(), uids.end());
  std::vector<Range> ranges;
  for (const std::uint32_t uid : uids) {
    if (!ranges.empty() && ranges.back().last + 1 == uid) {
      ranges.back().last = uid;
    } else {
      ranges.push_back({uid, uid});
    }
  }
  responder.vanished(ranges, false);
}

void Responder::finish(Status status, View code, View text) {
  status_ = status;
  code_ = code;
  text_ = text;
}

void Responder::refuse(const Error& error, Missing missing) {
  const Reply reply = reply_to(error, missing);
  finish(reply.status, reply.code, reply.text);
}

void Responder::add_code(View code) {
  if (status_ == Status::ok && code_.empty()) code_ = code;
}

void Responder::write_completion(View tag) {
  status_line(tag, status_, code_, text_);
  forget_completion();
}

void Responder::forget_completion() {
  code_ = std::string();
  text_ = std::string();
  status_ = Status::ok;
}

void Responder::status_line(View tag, Status status, View code, View text) {
  raw(tag).raw(" ").raw(word_of(status)).raw(" ");
  if (!code.empty()) raw("[").raw(code).raw("] ");
  raw(text).end();
}

std::string flag_words(const Flags& flags) {
  std::string out;
  for (const SystemWord& s : kSystemWords) {
    if (!flags.has(s.flag)) continue;
    if (!out.empty()) out += ' ';
    out += s.word;
  }
  for (const std::string& k : flags.keywords) {
    if (!out.empty()) out += ' ';
    out += k;
  }
  return out;
}

std::string number_set(std::span<const Range> ranges) {
  std::string out;
  for (const Range& range : ranges) {
    if (!out.empty()) out += ',';
    out += std::to_string(range.first);
    if (range.last > range.first) out += ':' + std::to_string(range.last);
  }
  return out;
}

std::string uid_set(std::span<const Uid> uids) {
  std::string out;
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t j = i;
    while (j + 1 < uids.size() && uids[j + 1] == uids[j].next()) ++j;
    if (!out.empty()) out += ',';
    out += std::to_string(uids[i].value());
    if (j > i) out += ':' + std::to_string(uids[j].value());
    i = j + 1;
  }
  return out;
}

}  // namespace posthorn::imap
