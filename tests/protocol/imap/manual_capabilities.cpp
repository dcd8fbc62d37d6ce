// The table of capabilities in the manual: which words a session really announces, when, for what, and what shows it.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/stage.h"
#include "shared_data.h"

namespace posthorn::imap {

namespace {
/// What the rows of commands do not say of a word.
struct CapabilityRow {
  View word;  ///< ends in "=" where a number follows that the host sets
  View rfc;
  View adds;  ///< keys, options and response codes beside the commands of the rows
  View file;  ///< of the test: a C++ file, a transcript or a script
  View test;  ///< a test case of it, or words that stand in it
};

constexpr std::array kWords{
    CapabilityRow{"ACL", "RFC 4314", "", "transcripts/imap/acl.txt", "MYRIGHTS"},
    CapabilityRow{"APPENDLIMIT=", "RFC 7889", "STATUS APPENDLIMIT, TOOBIG", "protocol/imap/commands/capability.cpp",
                  "CAPABILITY has values where words have them (RFC 7889 section 3)"},
    CapabilityRow{"AUTH=ANONYMOUS", "RFC 4505", "", "service/roles/login.cpp",
                  "tokens, certificates and nobody: offered where they are judged, and each acts as itself only"},
    CapabilityRow{"AUTH=EXTERNAL", "RFC 4422", "", "service/roles/login.cpp",
                  "tokens, certificates and nobody: offered where they are judged, and each acts as itself only"},
    CapabilityRow{"AUTH=LOGIN", "draft-murchison-sasl-login-00", "", "transcripts/imap/authenticate.txt",
                  "AUTHENTICATE LOGIN"},
    CapabilityRow{"AUTH=OAUTHBEARER", "RFC 7628", "", "protocol/imap/commands/authenticate.cpp",
                  "AUTHENTICATE OAUTHBEARER: a refusal in JSON that the client acknowledges, then the right token"},
    CapabilityRow{"AUTH=PLAIN", "RFC 4616", "", "transcripts/imap/authenticate.txt", "AUTHENTICATE PLAIN"},
    CapabilityRow{"AUTH=SCRAM-SHA-256", "RFC 7677", "", "interop/sealed_scram.py", "SCRAM-SHA-256"},
    CapabilityRow{"AUTH=SCRAM-SHA-256-PLUS", "RFC 7677, 9266", "", "interop/sealed_scram.py", "SCRAM-SHA-256-PLUS"},
    CapabilityRow{"AUTH=XOAUTH2", "developers.google.com/gmail/imap/xoauth2-protocol", "", "interop/oauth.py",
                  "XOAUTH2"},
    CapabilityRow{"BINARY", "RFC 3516", "FETCH BINARY BINARY.PEEK BINARY.SIZE, literal8, UNKNOWN-CTE",
                  "protocol/imap/commands/fetch.cpp",
                  "fetch: BINARY, decoded, whole and in part (RFC 3516 section 4.3)"},
    CapabilityRow{"CATENATE", "RFC 4469", "APPEND CATENATE, BADURL", "protocol/imap/append_run.cpp",
                  "RFC 4469 section 3: a message of new text and stored parts, in their order"},
    CapabilityRow{"CHILDREN", "RFC 3348", "\\HasChildren \\HasNoChildren", "transcripts/imap/mailboxes.txt",
                  "\\HasChildren"},
    CapabilityRow{"COMPRESS=DEFLATE", "RFC 4978", "COMPRESSIONACTIVE", "protocol/imap/compressed_wire.cpp",
                  "COMPRESS: the answer goes as it is, all behind it is DEFLATE (RFC 4978 section 3)"},
    CapabilityRow{
        "CONDSTORE", "RFC 7162",
        "ENABLE CONDSTORE, SELECT (CONDSTORE), FETCH MODSEQ CHANGEDSINCE, STORE UNCHANGEDSINCE, SEARCH MODSEQ, "
        "STATUS HIGHESTMODSEQ, MODIFIED",
        "transcripts/imap/condstore.txt", "UNCHANGEDSINCE"},
    CapabilityRow{"CONTEXT=SEARCH", "RFC 5267", "SEARCH RETURN UPDATE CONTEXT, NOUPDATE",
                  "protocol/imap/search_contexts.cpp",
                  "contexts: flags, new messages and expunges change the results (RFC 5267 section 4.3)"},
    CapabilityRow{"CONTEXT=SORT", "RFC 5267", "SORT RETURN UPDATE CONTEXT", "protocol/imap/search_contexts.cpp",
                  "contexts: a sorted one tells positions"},
    CapabilityRow{"CREATE-SPECIAL-USE", "RFC 6154", "CREATE USE, USEATTR", "protocol/imap/commands/create.cpp",
                  "CREATE refuses names that cannot be and uses that cannot be (RFC 5530, RFC 6154 section 3)"},
    CapabilityRow{"ENABLE", "RFC 5161", "", "transcripts/imap/condstore.txt", "ENABLE CONDSTORE CONDSTORE X-UNKNOWN"},
    CapabilityRow{"ESEARCH", "RFC 4731", "SEARCH RETURN MIN MAX ALL COUNT", "protocol/imap/commands/search.cpp",
                  "search: RETURN, and what IMAP4rev2 answers"},
    CapabilityRow{"ESORT", "RFC 5267", "SORT RETURN MIN MAX ALL COUNT", "protocol/imap/commands/sort.cpp",
                  "SORT: UIDs, mod-sequences, RETURN (RFC 5267 section 3)"},
    CapabilityRow{"I18NLEVEL=2", "RFC 5255", "BADCOMPARATOR", "protocol/imap/commands/comparator.cpp",
                  "COMPARATOR tells and sets the comparator of the session (RFC 5255 sections 4.7 and 4.8)"},
    CapabilityRow{"ID", "RFC 2971", "", "protocol/imap/commands/id.cpp",
                  "ID tells what the host says, and nothing else"},
    CapabilityRow{"IDLE", "RFC 2177", "", "transcripts/imap/idle.txt", "IDLE"},
    CapabilityRow{"IMAP4rev1", "RFC 3501", "", "transcripts/imap/login.txt", "IMAP4rev1"},
    CapabilityRow{"IMAP4rev2", "RFC 9051", "ENABLE IMAP4rev2", "transcripts/imap/rev2.txt", "ENABLE IMAP4rev2"},
    CapabilityRow{"IMAPSIEVE=", "RFC 6785", "scripts behind APPEND, COPY, MOVE and what changes flags",
                  "service/filtering/imap_events.cpp",
                  "imap events: the mailbox names its script, else the server does (section 2.3.1)"},
    CapabilityRow{"INPROGRESS", "RFC 9585", "INPROGRESS", "protocol/imap/in_progress.cpp",
                  "INPROGRESS: the forms of RFC 9585 section 4, at most once in ten seconds"},
    CapabilityRow{"LANGUAGE", "RFC 5255", "", "protocol/imap/commands/language.cpp",
                  "LANGUAGE lists what there is and takes the first that is there (RFC 5255 section 3.2)"},
    CapabilityRow{"LIST-EXTENDED", "RFC 5258",
                  "LIST SUBSCRIBED REMOTE RECURSIVEMATCH, RETURN SUBSCRIBED CHILDREN, several patterns",
                  "protocol/imap/commands/list.cpp", "LIST with SUBSCRIBED and CHILDREN as in RFC 5258 section 5"},
    CapabilityRow{"LIST-METADATA", "RFC 9590", "LIST RETURN METADATA", "protocol/imap/commands/list.cpp",
                  "STATUS, MYRIGHTS and METADATA follow each mailbox that has them (RFC 5819, RFC 8440, RFC 9590)"},
    CapabilityRow{"LIST-MYRIGHTS", "RFC 8440", "LIST RETURN MYRIGHTS", "protocol/imap/commands/list.cpp",
                  "STATUS, MYRIGHTS and METADATA follow each mailbox that has them (RFC 5819, RFC 8440, RFC 9590)"},
    CapabilityRow{"LIST-STATUS", "RFC 5819", "LIST RETURN STATUS", "protocol/imap/commands/list.cpp",
                  "STATUS, MYRIGHTS and METADATA follow each mailbox that has them (RFC 5819, RFC 8440, RFC 9590)"},
    CapabilityRow{"LITERAL+", "RFC 7888", "literals without waiting, `{5+}`", "transcripts/imap/literals.txt", "{11+}"},
    CapabilityRow{"LOGINDISABLED", "RFC 3501", "LOGIN is refused, PRIVACYREQUIRED", "transcripts/imap/starttls.txt",
                  "LOGINDISABLED"},
    CapabilityRow{"MESSAGELIMIT=", "RFC 9738", "MESSAGELIMIT", "protocol/imap/state.cpp",
                  "a command works on the highest messages only, where the host limits how many (RFC 9738)"},
    CapabilityRow{"METADATA", "RFC 5464", "METADATA MAXSIZE LONGENTRIES", "transcripts/imap/metadata.txt",
                  "GETMETADATA INBOX"},
    CapabilityRow{"METADATA-SERVER", "RFC 5464", "annotations of the server, mailbox \"\"",
                  "transcripts/imap/metadata.txt", "GETMETADATA \"\""},
    CapabilityRow{"MOVE", "RFC 6851", "", "transcripts/imap/selected.txt", "MOVE 2 Archive"},
    CapabilityRow{"MULTIAPPEND", "RFC 3502", "several messages in one APPEND", "protocol/imap/append_run.cpp",
                  "RFC 3502 section 6.3.11: two messages in one command, and APPENDUID with a set"},
    CapabilityRow{"MULTISEARCH", "RFC 7377", "", "protocol/imap/commands/esearch.cpp",
                  "ESEARCH: the mailboxes that the sources mean (RFC 7377 section 2.2)"},
    CapabilityRow{"NAMESPACE", "RFC 2342", "", "protocol/imap/commands/namespace.cpp",
                  "NAMESPACE tells all three kinds (RFC 2342 section 5)"},
    CapabilityRow{"NOTIFY", "RFC 5465", "BADEVENT", "protocol/imap/notification.cpp",
                  "NOTIFY: new messages of the selected mailbox come with what was asked for, between commands"},
    CapabilityRow{"OBJECTID", "RFC 8474", "FETCH and SEARCH EMAILID THREADID, STATUS MAILBOXID, MAILBOXID",
                  "protocol/imap/commands/fetch.cpp",
                  "fetch: object identifiers and save dates (RFC 8474 section 5, RFC 8514 section 4)"},
    CapabilityRow{"PARTIAL", "RFC 9394", "SEARCH RETURN PARTIAL, UID FETCH PARTIAL", "protocol/imap/search_answer.cpp",
                  "PARTIAL of RFC 9394"},
    CapabilityRow{"PREVIEW", "RFC 8970", "FETCH PREVIEW", "protocol/imap/commands/fetch.cpp",
                  "fetch: PREVIEW (RFC 8970 section 3)"},
    CapabilityRow{"QRESYNC", "RFC 7162", "ENABLE QRESYNC, SELECT (QRESYNC), FETCH VANISHED, CLOSED",
                  "transcripts/imap/qresync.txt", "SELECT INBOX (QRESYNC"},
    CapabilityRow{"QUOTA", "RFC 9208", "OVERQUOTA", "protocol/imap/commands/getquotaroot.cpp",
                  "GETQUOTAROOT as in RFC 9208 section 4.1.2"},
    CapabilityRow{"QUOTA=RES-ANNOTATION-STORAGE", "RFC 9208", "", "protocol/imap/quota_text.cpp",
                  "limits are read, known and converted"},
    CapabilityRow{"QUOTA=RES-MAILBOX", "RFC 9208", "", "protocol/imap/quota_text.cpp",
                  "limits are read, known and converted"},
    CapabilityRow{"QUOTA=RES-MESSAGE", "RFC 9208", "", "protocol/imap/quota_text.cpp",
                  "QUOTA responses of RFC 9208 section 4.2.1"},
    CapabilityRow{"QUOTA=RES-STORAGE", "RFC 9208", "", "protocol/imap/quota_text.cpp",
                  "QUOTA responses of RFC 9208 section 4.2.1"},
    CapabilityRow{"QUOTASET", "RFC 9208", "", "protocol/imap/commands/setquota.cpp",
                  "SETQUOTA as in RFC 9208 section 4.1.3"},
    CapabilityRow{"REPLACE", "RFC 8508", "", "protocol/imap/append_run.cpp",
                  "REPLACE: the new message, then the old one gone (RFC 8508 section 3.3)"},
    CapabilityRow{"RIGHTS=kxte", "RFC 4314", "", "protocol/imap/rights.cpp",
                  "rights: the letters of RFC 2086 stand for the new ones (section 2.1.1)"},
    CapabilityRow{"SASL-IR", "RFC 4959", "AUTHENTICATE with its first data in the line",
                  "transcripts/imap/authenticate.txt", "AUTHENTICATE PLAIN AGFubgB"},
    CapabilityRow{"SAVEDATE", "RFC 8514", "FETCH SAVEDATE, SEARCH SAVEDBEFORE SAVEDON SAVEDSINCE SAVEDATESUPPORTED",
                  "protocol/imap/commands/search.cpp", "search: age, save dates, objectids"},
    CapabilityRow{"SEARCHRES", "RFC 5182", "SEARCH RETURN SAVE, `$`", "protocol/imap/commands/search.cpp",
                  "search: the saved result (RFC 9051 sections 6.4.4.1 to 6.4.4.4)"},
    CapabilityRow{"SORT", "RFC 5256", "", "protocol/imap/commands/sort.cpp", "SORT: by header and by facts"},
    CapabilityRow{"SORT=DISPLAY", "RFC 5957", "SORT DISPLAYFROM DISPLAYTO", "protocol/imap/sort_order.cpp",
                  "criteria of RFC 5256 and RFC 5957"},
    CapabilityRow{"SPECIAL-USE", "RFC 6154", "LIST SPECIAL-USE, RETURN SPECIAL-USE", "protocol/imap/commands/list.cpp",
                  "special uses are selected and returned (RFC 6154 section 5)"},
    CapabilityRow{"STARTTLS", "RFC 9051", "", "transcripts/imap/starttls.txt", "STARTTLS"},
    CapabilityRow{"STATUS=SIZE", "RFC 8438", "STATUS SIZE", "protocol/imap/commands/status.cpp",
                  "STATUS of other documents: RFC 7162, RFC 7889, RFC 8438, RFC 8474, RFC 9208"},
    CapabilityRow{"THREAD=ORDEREDSUBJECT", "RFC 5256", "", "protocol/imap/threading.cpp",
                  "ORDEREDSUBJECT: the first of a subject, and all others below it"},
    CapabilityRow{"THREAD=REFERENCES", "RFC 5256", "", "protocol/imap/threading.cpp",
                  "the example of RFC 5256 section 4: one message alone, one thread that branches"},
    CapabilityRow{"THREAD=REFS", "draft-ietf-morg-inthread-01", "", "protocol/imap/threading.cpp",
                  "REFS: subjects join nothing, the thread with the newest message comes last"},
    CapabilityRow{"UIDBATCHES", "RFC 10022", "", "transcripts/imap/uidonly.txt", "UIDBATCHES 2"},
    CapabilityRow{"UIDONLY", "RFC 9586", "ENABLE UIDONLY, UIDREQUIRED", "transcripts/imap/uidonly.txt",
                  "ENABLE UIDONLY"},
    CapabilityRow{"UIDPLUS", "RFC 4315", "UID EXPUNGE, APPENDUID, COPYUID", "transcripts/imap/selected.txt",
                  "UID EXPUNGE 3"},
    CapabilityRow{"UNAUTHENTICATE", "RFC 8437", "", "transcripts/imap/unauthenticate.txt", "UNAUTHENTICATE"},
    CapabilityRow{"UNSELECT", "RFC 3691", "", "transcripts/imap/selected.txt", "UNSELECT"},
    CapabilityRow{"UTF8=ACCEPT", "RFC 9755", "ENABLE UTF8=ACCEPT, APPEND UTF8", "protocol/imap/append_run.cpp",
                  "UTF8 data needs ENABLE (RFC 9755 section 4), and literal8 may hold no NUL"},
    CapabilityRow{"WITHIN", "RFC 5032", "SEARCH OLDER YOUNGER", "protocol/imap/commands/search.cpp",
                  "search: age, save dates, objectids"},
};

using Words = std::set<std::string, std::less<>>;

/// The words of a list; what stands behind "=" is left out where the table has no value.
Words words_of(View list) {
  Words out;
  std::istringstream in(own(list));
  for (std::string word; in >> word;) {
    const std::size_t equals = word.find('=');
    const bool number = equals != std::string::npos && word.find_first_not_of("0123456789", equals + 1) == View::npos;
    const bool value = (number && !word.starts_with("I18NLEVEL=")) || word.starts_with("IMAPSIEVE=");
    out.insert(value ? word.substr(0, equals + 1) : word);
  }
  return out;
}

/// What a connection is like when it asks.
struct Situation {
  bool starttls = false;
  bool clear_login = false;
  bool tls = false;
  bool logged_in = false;
  bool all = false;  ///< the host has switched on whatever it may leave out
};

/// What CAPABILITY answers there. Whoever is to log in has TLS.
Words heard(const Situation& situation) {
  testing::FakeClock clock;
  testing::FakeVerifier verifier{{"ann", "secret word"}};
  testing::FakeAccount account;
  Limits limits;
  if (situation.all) limits.messages = 1'000;
  testing::ImapServer server(account, verifier, clock,
                             {.host_name = "host.example",
                              .starttls = situation.starttls,
                              .clear_login = situation.clear_login,
                              .limits = limits,
                              .sieve_url = situation.all ? "sieve://host.example" : ""});
  if (situation.all) server.accept({.tokens = true, .certificate = true, .anonymous = true});
  if (situation.tls) server.upgraded({.exporter = std::string(32, 'x')});
  std::string said = situation.logged_in ? "a LOGIN ann \"secret word\"\r\n" : "";
  server.receive(said + "b CAPABILITY\r\n");
  said.clear();
  for (Wants wants = Wants::again; wants == Wants::again || wants == Wants::work;) {
    wants = server.next(clock.now());
    if (wants == Wants::work) server.work(clock.now());
    said += server.transmit();
    server.transmitted(server.transmit().size());
  }
  constexpr View kBefore = "* CAPABILITY ";
  const std::size_t begin = said.find(kBefore);
  REQUIRE(begin != std::string::npos);
  const View rest = View(said).substr(begin + kBefore.size());
  return words_of(rest.substr(0, rest.find('\r')));
}

/// When a word is announced, found by asking.
class Announced {
 public:
  [[nodiscard]] Words all() const {
    Words out;
    for (const Words* words : {&clear_, &allowed_, &tls_, &in_, &plain_}) out.insert(words->begin(), words->end());
    return out;
  }
  [[nodiscard]] std::string when(View word) const {
    const auto has = [&](const Words& words) { return words.contains(word); };
    const std::string condition = has(plain_) || has(plain_in_) || has(clear_) ? "" : ", as the host is set up";
    if (has(in_)) return (has(clear_) && has(tls_) ? "always" : "after login") + condition;
    if (has(clear_) && has(tls_)) return "before login" + condition;
    if (has(clear_))
      return word == "STARTTLS" ? "before TLS, where it is on offer" : "before TLS, where login needs it";
    if (has(allowed_)) return "before login, where passwords may be sent" + condition;
    return "before login, with TLS" + condition;
  }

 private:
  Words clear_ = heard({.starttls = true});
  Words allowed_ = heard({.clear_login = true, .all = true});
  Words tls_ = heard({.tls = true, .all = true});
  Words in_ = heard({.tls = true, .logged_in = true, .all = true});
  Words plain_ = heard({.tls = true});
  Words plain_in_ = heard({.tls = true, .logged_in = true});
};

std::string commands_of(View word) {
  std::string out;
  if (word.starts_with("IMAP4rev")) return "those without another word";
  if (word.starts_with("AUTH=")) return "AUTHENTICATE";
  for (const CommandSpec& row : all_commands()) {
    const Words words = words_of(row.capability);
    const bool has = words.contains(word) || (word == "APPENDLIMIT=" && words.contains("APPENDLIMIT"));
    if (has) out += (out.empty() ? "" : ", ") + own(row.name);
  }
  return out;
}

std::string table() {
  const Announced announced;
  std::ostringstream out;
  out << "| capability | specified by | commands | beside them | announced | shown by |\n|---|---|---|---|---|---|\n";
  for (const CapabilityRow& row : kWords) {
    out << "| " << row.word << " | " << row.rfc << " | " << commands_of(row.word) << " | " << row.adds << " | "
        << announced.when(row.word) << " | tests/" << row.file << ": " << row.test << " |\n";
  }
  return out.str();
}
}  // namespace

TEST_CASE("docs/imap-capabilities.md shows all words as they are announced") {
  const std::string wanted = table();
  INFO("put this into docs/imap-capabilities.md:\n", wanted);
  CHECK(testing::read_whole_file("docs/imap-capabilities.md").find(wanted) != std::string::npos);
}

TEST_CASE("every word that a session announces has a row in the manual, and every row is announced") {
  Words rows;
  for (const CapabilityRow& row : kWords) CHECK_MESSAGE(rows.insert(own(row.word)).second, row.word);
  CHECK(std::ranges::is_sorted(kWords, {}, &CapabilityRow::word));
  const Words announced = Announced().all();
  for (const std::string& word : announced) CHECK_MESSAGE(rows.contains(word), word);
  for (const std::string& word : rows) CHECK_MESSAGE(announced.contains(word), word);
  CHECK(words_of("A=12 B=x I18NLEVEL=2 C") == Words{"A=", "B=x", "I18NLEVEL=2", "C"});
}

TEST_CASE("every test that the manual names for a capability exists") {
  std::map<View, std::string> texts;
  for (const CapabilityRow& row : kWords) {
    auto [at, fresh] = texts.try_emplace(row.file);
    if (fresh) at->second = testing::read_whole_file("tests/" + own(row.file));
    CHECK_MESSAGE(!at->second.empty(), row.file);
    const bool cpp = row.file.ends_with(".cpp");
    const std::string found = cpp ? "\"" + own(row.test) + "\") {" : own(row.test);
    CHECK_MESSAGE(at->second.find(found) != std::string::npos, row.file, ": ", row.test);
  }
}

}  // namespace posthorn::imap
