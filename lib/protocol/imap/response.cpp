#include "posthorn/protocol/imap/response.h"

#include <utility>

#include "protocol/imap/response_reader.h"

namespace posthorn::imap::response {

namespace {

constexpr CharSet kLine = ~CharSet().add('\r').add('\n').add('\0');

bool condition(Reader& r, Condition& out) {
  struct Row {
    View word;
    Condition condition;
  };
  static constexpr Row kRows[] = {{"OK", Condition::ok},
                                  {"NO", Condition::no},
                                  {"BAD", Condition::bad},
                                  {"BYE", Condition::bye},
                                  {"PREAUTH", Condition::preauth}};
  for (const Row& row : kRows) {
    Reader ahead = r;
    if (!ahead.try_word(row.word) || (!ahead.at_end() && ahead.peek() != ' ')) continue;
    r = ahead;
    out = row.condition;
    return true;
  }
  return false;
}

/// Behind the word: [SP "[" code "]"] [SP text].
bool state_text(Reader& r, State& out, bool tagged) {
  r.spaces();
  if (r.peek() == '[') {
    Reader typed = r;
    typed.octet('[');
    if (read_code(typed, out.code)) {
      r = typed;
    } else if (tagged) {  // quirk odd_code: the command must end whatever its code says
      out.code = {};
      const View text = r.cursor().try_run(kLine);
      const std::size_t close = std::min(text.find(']'), text.size());
      out.code = OtherCode{{}, own(text.substr(1, close - 1))};
      out.text = text.substr(std::min(text.size(), close + 1));
      return true;
    } else {
      r = typed;
      return false;
    }
    r.try_octet(' ');
  }
  out.text = r.cursor().try_run(kLine);
  return r.ok();
}

template <class T, bool (*Read)(Reader&, T&)>
bool value(Reader& r, Data& out) {
  return Read(r, out.emplace<T>());
}

template <class T>
bool words(Reader& r, Data& out) {
  auto& list = out.emplace<T>().words;
  while (r.spaces() && r.ok() && !r.at_end()) {
    View word;
    if (!r.atom(word)) return false;
    list.emplace_back(word);
  }
  return r.ok();
}

template <List::Kind Kind>
bool list(Reader& r, Data& out) {
  List& read = out.emplace<List>();
  read.kind = Kind;
  return read_list(r, read);
}

template <bool Sorted>
bool found(Reader& r, Data& out) {
  Found& read = out.emplace<Found>();
  read.sorted = Sorted;
  while (r.spaces() && r.ok() && !r.at_end()) {
    if (r.try_octet('(')) {  // RFC 7162 section 3.1.5
      return r.cursor().word("MODSEQ") && r.sp() && r.strong(read.modseq.emplace()) && r.octet(')');
    }
    std::uint32_t number = 0;
    if (!r.number(number)) return false;
    read.numbers.push_back(number);
  }
  return r.ok();
}

bool flags(Reader& r, Data& out) { return r.flag_list(out.emplace<MailboxFlags>().flags); }

bool vanished(Reader& r, Data& out) {
  Vanished& read = out.emplace<Vanished>();
  if (r.try_word("(EARLIER)")) {
    read.earlier = true;
    r.spaces();
  }
  return r.set(read.uids);
}

struct Row {
  View word;
  bool (*read)(Reader& r, Data& out);
};
constexpr Row kRows[] = {
    {"ACL", value<Acl, read_acl>},
    {"CAPABILITY", words<Capability>},
    {"ENABLED", words<Enabled>},
    {"ESEARCH", value<ESearch, read_esearch>},
    {"FLAGS", flags},
    {"ID", value<Id, read_id>},
    {"LIST", list<List::Kind::list>},
    {"LISTRIGHTS", value<ListRights, read_list_rights>},
    {"LSUB", list<List::Kind::lsub>},
    {"METADATA", value<Metadata, read_metadata>},
    {"MYRIGHTS", value<MyRights, read_my_rights>},
    {"NAMESPACE", value<Namespace, read_namespace>},
    {"QUOTA", value<Quota, read_quota>},
    {"QUOTAROOT", value<QuotaRoot, read_quota_root>},
    {"SEARCH", found<false>},
    {"SORT", found<true>},
    {"STATUS", value<MailboxState, read_status>},
    {"THREAD", value<Thread, read_thread>},
    {"VANISHED", vanished},
    {"XLIST", list<List::Kind::xlist>},
};

bool other(Reader& r, View word, Data& out) {
  const View rest = r.cursor().rest();
  out = Other{own(word), own(rest)};
  View all;
  return r.cursor().octets(rest.size(), all);
}

/// "* 12 EXISTS" and the like.
bool numbered(Reader& r, Data& out) {
  std::uint32_t number = 0;
  View word;
  if (!(r.number(number) && r.sp() && r.atom(word))) return false;
  r.spaces();
  if (same_word(word, "EXISTS")) {
    out = Exists{number};
  } else if (same_word(word, "RECENT")) {
    out = Recent{number};
  } else if (same_word(word, "EXPUNGE")) {
    if (number == 0) return r.fail(posthorn::Code::syntax, "message numbers start at 1");
    out = Expunge{SeqNum(number)};
  } else if (same_word(word, "FETCH") || same_word(word, "UIDFETCH")) {
    if (number == 0) return r.fail(posthorn::Code::syntax, "message numbers start at 1");
    Fetch& fetch = out.emplace<Fetch>();
    if (word.size() == 5) {
      fetch.number = SeqNum(number);
    } else {
      fetch.uid = Uid(number);
    }
    return read_fetch(r, fetch) && r.end();
  } else {
    return other(r, std::to_string(number) + " " + own(word), out);
  }
  return r.end();
}

bool untagged(Reader& r, Data& out) {
  r.spaces();
  if (chars::kDigit[r.peek()]) return numbered(r, out);
  State state;
  if (condition(r, state.condition)) {
    const bool read = state_text(r, state, false);
    out = std::move(state);
    return read && r.end();
  }
  View word;
  if (!r.atom(word)) return false;
  r.spaces();
  for (const Row& row : kRows) {
    if (same_word(row.word, word)) return row.read(r, out) && r.end();
  }
  return other(r, word, out);
}

bool tagged(Reader& r, Tagged& out) {
  View tag;
  if (!(r.cursor().run(kTagChar, tag) && r.sp())) return false;
  out.tag = tag;
  return (condition(r, out.state.condition) || r.fail(posthorn::Code::syntax, "no OK, NO or BAD")) &&
         out.state.condition <= Condition::bad && state_text(r, out.state, true) && r.end();
}

}  // namespace

Result<Response> parse_response(View text, const ParseOptions& options) {
  Reader r(text, options);
  Response response;
  bool read = false;
  if (r.try_octet('+')) {
    r.try_octet(' ');
    Continuation& continuation = response.emplace<Continuation>();
    continuation.text = r.cursor().rest();
    read = true;
  } else if (r.try_octet('*')) {
    read = untagged(r, response.emplace<Untagged>().data);
  } else {
    read = tagged(r, response.emplace<Tagged>());
  }
  if (read) return response;
  r.fail(posthorn::Code::syntax, "no IMAP response");
  return posthorn::fail(r.cursor().error());
}

}  // namespace posthorn::imap::response
