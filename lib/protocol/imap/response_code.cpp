#include "posthorn/protocol/imap/response_code.h"

#include <utility>

#include "protocol/imap/response_reader.h"

namespace posthorn::imap::response {

namespace {

constexpr CharSet kCodeText = ~CharSet("]").add('\r').add('\n').add('\0');
constexpr CharSet kCodeName = kAtomChar;

struct WordRow {
  View name;
  Word word;
};
// RFC 9051 section 7.1, RFC 5530, and the registry of response codes at IANA.
constexpr WordRow kWords[] = {
    {"ALERT", Word::alert},
    {"ALREADYEXISTS", Word::already_exists},
    {"AUTHENTICATIONFAILED", Word::authentication_failed},
    {"AUTHORIZATIONFAILED", Word::authorization_failed},
    {"CANNOT", Word::cannot},
    {"CLIENTBUG", Word::client_bug},
    {"CLOSED", Word::closed},
    {"COMPRESSIONACTIVE", Word::compression_active},
    {"CONTACTADMIN", Word::contact_admin},
    {"CORRUPTION", Word::corruption},
    {"EXPIRED", Word::expired},
    {"EXPUNGEISSUED", Word::expunge_issued},
    {"HASCHILDREN", Word::has_children},
    {"INUSE", Word::in_use},
    {"LIMIT", Word::limit},
    {"NOMODSEQ", Word::no_modseq},
    {"NOPERM", Word::no_perm},
    {"NONEXISTENT", Word::nonexistent},
    {"NOTSAVED", Word::not_saved},
    {"NOTIFICATIONOVERFLOW", Word::notification_overflow},
    {"OVERQUOTA", Word::over_quota},
    {"PARSE", Word::parse},
    {"PRIVACYREQUIRED", Word::privacy_required},
    {"READ-ONLY", Word::read_only},
    {"READ-WRITE", Word::read_write},
    {"SERVERBUG", Word::server_bug},
    {"TRYCREATE", Word::try_create},
    {"UIDNOTSTICKY", Word::uid_not_sticky},
    {"UIDREQUIRED", Word::uid_required},
    {"UNAVAILABLE", Word::unavailable},
    {"UNKNOWN-CTE", Word::unknown_cte},
    {"USEATTR", Word::use_attribute},
};

bool bad_charset(Reader& r, Code& out) {
  BadCharset code;
  if (r.peek() == '(' && !r.astrings(code.supported)) return false;
  out = std::move(code);
  return true;
}

bool capability(Reader& r, Code& out) {
  Capability code;
  while (r.spaces() && r.peek() != ']') {
    View word;
    if (!r.atom(word)) return false;
    code.words.emplace_back(word);
  }
  out = std::move(code);
  return true;
}

bool permanent_flags(Reader& r, Code& out) {
  PermanentFlags code;
  if (!r.flag_list(code.flags)) return false;
  out = std::move(code);
  return true;
}

template <class T, auto Member>
bool one_number(Reader& r, Code& out) {
  T code{};
  if (!r.strong(code.*Member)) return false;
  out = code;
  return true;
}

bool append_uid(Reader& r, Code& out) {
  AppendUid code;
  if (!(r.strong(code.uid_validity) && r.sp() && r.set(code.uids))) return false;
  out = std::move(code);
  return true;
}

bool copy_uid(Reader& r, Code& out) {
  CopyUid code;
  if (!(r.strong(code.uid_validity) && r.sp() && r.set(code.source) && r.sp() && r.set(code.target))) return false;
  out = std::move(code);
  return true;
}

bool modified(Reader& r, Code& out) {
  Modified code;
  if (!r.set(code.messages)) return false;
  out = std::move(code);
  return true;
}

bool mailbox_id(Reader& r, Code& out) {
  MailboxId code;
  if (!(r.octet('(') && r.astring(code.id) && r.octet(')'))) return false;
  out = std::move(code);
  return true;
}

bool referral(Reader& r, Code& out) {
  Referral code;
  while (r.spaces() && r.peek() != ']') {
    View url;
    if (!r.cursor().run(kCodeText - CharSet(" "), url)) return false;
    code.urls.emplace_back(url);
  }
  out = std::move(code);
  return true;
}

bool metadata(Reader& r, Code& out) {
  MetadataCode code{};
  using What = MetadataCode::What;
  if (r.try_word("TOOMANY")) {
    code.what = What::too_many;
  } else if (r.try_word("NOPRIVATE")) {
    code.what = What::no_private;
  } else {
    const bool longest = r.try_word("LONGENTRIES");
    if (!longest && !r.cursor().word("MAXSIZE")) return false;
    code.what = longest ? What::long_entries : What::max_size;
    if (!(r.sp() && r.number(code.octets))) return false;
  }
  out = code;
  return true;
}

struct CodeRow {
  View name;
  bool (*read)(Reader& r, Code& out);
};
constexpr CodeRow kCodes[] = {
    {"APPENDUID", append_uid},
    {"BADCHARSET", bad_charset},
    {"CAPABILITY", capability},
    {"COPYUID", copy_uid},
    {"HIGHESTMODSEQ", one_number<HighestModSeq, &HighestModSeq::value>},
    {"MAILBOXID", mailbox_id},
    {"METADATA", metadata},
    {"MODIFIED", modified},
    {"PERMANENTFLAGS", permanent_flags},
    {"REFERRAL", referral},
    {"UIDNEXT", one_number<UidNextCode, &UidNextCode::uid>},
    {"UIDVALIDITY", one_number<UidValidityCode, &UidValidityCode::value>},
    {"UNSEEN", one_number<UnseenCode, &UnseenCode::number>},
};

}  // namespace

bool read_code(Reader& r, Code& out) {
  View name;
  if (!r.cursor().run(kCodeName, name)) return false;
  r.spaces();
  for (const CodeRow& row : kCodes) {
    if (same_word(row.name, name)) return row.read(r, out) && r.spaces() && r.octet(']');
  }
  for (const WordRow& row : kWords) {
    if (!same_word(row.name, name) || r.peek() != ']') continue;
    out = row.word;
    return r.octet(']');
  }
  out = OtherCode{own(name), own(r.cursor().try_run(kCodeText))};
  return r.octet(']');
}

}  // namespace posthorn::imap::response
