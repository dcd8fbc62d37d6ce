#include "posthorn/protocol/imap/response.h"

#include <string>
#include <type_traits>

#include <doctest/doctest.h>

#include "protocol/imap/told.h"

using namespace posthorn;
using namespace posthorn::imap::response;
using namespace std::string_view_literals;

namespace {

std::string told(View text, bool utf8_names = false) {
  const auto read = parse_response(text, {utf8_names, {}});
  return read ? testing::tell(*read) : "refused: " + own(name_of(read.error().code));
}

template <class T>
T as(View text) {
  auto read = parse_response(text);
  REQUIRE_MESSAGE(read, text);
  auto* data = std::get_if<Untagged>(&*read);
  REQUIRE(data != nullptr);
  REQUIRE_MESSAGE(std::holds_alternative<T>(data->data), text);
  return std::get<T>(std::move(data->data));
}

std::string times(int count, View text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("status responses and their codes, from RFC 9051 section 7.1 and the RFCs of the codes") {
  CHECK(told("* OK IMAP4rev2 server ready") == "ok IMAP4rev2 server ready");
  CHECK(told("* OK [ALERT] System shutdown in 10 minutes") == "ok [word0] System shutdown in 10 minutes");
  CHECK(told("* BYE Autologout; idle for too long") == "bye Autologout; idle for too long");
  CHECK(told("* PREAUTH IMAP4rev2 server logged in as Smith") == "preauth IMAP4rev2 server logged in as Smith");
  CHECK(told("A044 BAD No such command as \"BLURDYBLOOP\"") == "A044 bad No such command as \"BLURDYBLOOP\"");
  CHECK(told("* OK [UIDNEXT 4392] Predicted next UID") == "ok [uidnext 4392] Predicted next UID");
  CHECK(told("* OK [UIDVALIDITY 3857529045] UIDs valid") == "ok [uidvalidity 3857529045] UIDs valid");
  CHECK(told("* OK [UNSEEN 12] Message 12 is first unseen") == "ok [unseen 12] Message 12 is first unseen");
  CHECK(told("* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] Limited") ==
        "ok [permanentflags \\Deleted \\Seen (new)] Limited");
  CHECK(told("* OK [CAPABILITY IMAP4rev2 AUTH=PLAIN]") == "ok [capability IMAP4rev2,AUTH=PLAIN] ");
  CHECK(told("A003 OK [APPENDUID 38505 3955] APPEND completed") == "A003 ok [appenduid 38505 3955] APPEND completed");
  CHECK(told("A004 OK [COPYUID 38505 304,319:320 3956:3958] Done") ==
        "A004 ok [copyuid 38505 304,319:320 3956:3958] Done");
  CHECK(told("* OK [HIGHESTMODSEQ 715194045007] ok") == "ok [highestmodseq 715194045007] ok");
  CHECK(told("d105 OK [MODIFIED 7,9] Conditional STORE failed") == "d105 ok [modified 7,9] Conditional STORE failed");
  CHECK(told("* OK [MAILBOXID (F2212ea87-6097-4256-9d51-71338625)] Ok") ==
        "ok [mailboxid F2212ea87-6097-4256-9d51-71338625] Ok");
  CHECK(told("a OK [METADATA LONGENTRIES 2199] GETMETADATA complete") == "a ok [metadata 0 2199] GETMETADATA complete");
  CHECK(told("* NO [REFERRAL IMAP://user;AUTH=*@SERVER2/] no") == "no [referral IMAP://user;AUTH=*@SERVER2/] no");
  CHECK(told("* NO [BADCHARSET (US-ASCII UTF-8)] x") == "no [badcharset US-ASCII,UTF-8] x");
  CHECK(told("* OK [XTEST arbitrary text] Unknown") == "ok [?XTEST=arbitrary text] Unknown");
  CHECK(is(std::get<Tagged>(*parse_response("a NO [TRYCREATE] x")).state.code, Word::try_create));
  CHECK(is(std::get<Tagged>(*parse_response("a no [authenticationfailed] x")).state.code, Word::authentication_failed));
  CHECK(told("+ idling") == "+idling");
  CHECK(told("+") == "+");
}

TEST_CASE("mailbox data of RFC 9051 section 7.3") {
  CHECK(told("* LIST (\\Noselect) \"/\" ~/Mail/foo") == "list (\\Noselect) / ~/Mail/foo");
  CHECK(told("* LIST () NIL INBOX") == "list () - INBOX");
  CHECK(told("* LIST () \"/\" inbox") == "list () / INBOX wire inbox");
  CHECK(told("* LIST (\\Sent) \".\" \"Entw&APw-rfe\"") == "list (\\Sent) . Entw\xc3\xbcrfe wire Entw&APw-rfe");
  CHECK(told("* LIST () \".\" \"A&B\"") == "list () . A&B");  // quirk broken_name
  CHECK(told("* LIST () \".\" \"A&-B\"", true) == "list () . A&-B");
  // RFC 5258 section 5, RFC 9051 section 6.3.9.7.
  CHECK(told("* LIST () \"/\" \"Foo\" (\"CHILDINFO\" (\"SUBSCRIBED\"))") == "list () / Foo children SUBSCRIBED");
  CHECK(told("* LIST () \"/\" \"NewMailbox\" (\"OLDNAME\" (\"OldMailbox\"))") == "list () / NewMailbox was OldMailbox");
  CHECK(told("* LIST (\\Marked) \"/\" x (\"COLOR\" (\"red\" (1 2)))") == "list (\\Marked) / x ?COLOR=(\"red\" (1 2))");
  CHECK(told("* LSUB () \".\" #news.comp.mail.misc") == "lsub () . #news.comp.mail.misc");
  CHECK(told("* NAMESPACE ((\"\" \"/\")) ((\"~\" \"/\")) NIL") == "namespace (''/) ('~'/) ()");
  CHECK(told("* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)") == "status blurdybloop messages=231 uidnext=44292");
  CHECK(told("* STATUS \"INBOX\" (MESSAGES 17 HIGHESTMODSEQ 7011231777 X-Y (1 2) APPENDLIMIT NIL MAILBOXID (F1))") ==
        "status INBOX messages=17 modseq=7011231777 id=F1 ?X-Y=(1 2)");
  CHECK(told("* FLAGS (\\Answered \\Flagged $Forwarded \\Recent)") == "flags \\Answered \\Flagged $Forwarded (recent)");
  CHECK(told("* SEARCH 2 5 6 7 11 12 18 19 20 23 (MODSEQ 917162500)") ==
        "search 2 5 6 7 11 12 18 19 20 23 modseq=917162500");  // RFC 7162 section 3.1.5
  CHECK(told("* ESEARCH (TAG \"A282\") MIN 2 COUNT 3") == "esearch A282 min=2 count=3");
  CHECK(told("* ESEARCH (TAG \"a\") UID ALL 17,900,901:905 MODSEQ 917162488") ==
        "esearch a uid all=17,900,901:905 modseq=917162488");
  CHECK(told("* ESEARCH (TAG \"A01\") UID PARTIAL (-1:-100 200:250,252:300)") ==
        "esearch A01 uid -1:-100=200:250,252:300");  // RFC 9394 section 3.1
  CHECK(told("* VANISHED (EARLIER) 300:310,405,411") == "vanished earlier 300:310,405,411");
  CHECK(told("* VANISHED 405,407") == "vanished 405,407");
  CHECK(told("* ENABLED CONDSTORE X-GOOD-IDEA") == "enabled CONDSTORE,X-GOOD-IDEA");
}

TEST_CASE("threads of RFC 5256 section 4") {
  CHECK(told("* THREAD (2)(3 6 (4 23)(44 7 96))") == "thread 2 3 6<3 4<6 23<4 44<6 7<44 96<7");
  CHECK(told("* THREAD ((3)(5))") == "thread 0 3<0 5<0");
  CHECK(told("* THREAD") == "thread");
  CHECK(told("* THREAD (1") == "refused: syntax");
  CHECK(told("* THREAD ()") == "refused: syntax");
  CHECK(told("* THREAD (1))") == "refused: syntax");
}

TEST_CASE("FETCH of RFC 9051 section 7.5.2 and 8") {
  CHECK(told("* 23 FETCH (FLAGS (\\Seen) RFC822.SIZE 44827)") == "fetch 23 (\\Seen) size=44827");
  CHECK(told("* 12 FETCH (ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" "
             "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" "
             "\"cac.washington.edu\")) "
             "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((NIL NIL \"imap\" \"cac.washington.edu\")) "
             "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
             "\"<B27397-0100000@cac.washington.edu>\") BODY (\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL "
             "\"7BIT\" "
             "3028 92))") ==
        "fetch 12 envelope 'Wed, 17 Jul 1996 02:23:25 -0700 (PDT)' 'IMAP4rev2 WG mtg summary and minutes' "
        "<'Terry Gray'-'gray''cac.washington.edu'> <'Terry Gray'-'gray''cac.washington.edu'> "
        "<'Terry Gray'-'gray''cac.washington.edu'> <--'imap''cac.washington.edu'> "
        "<--'minutes''CNRI.Reston.VA.US'><'John Klensin'-'KLENSIN''MIT.EDU'> - - "
        "'<B27397-0100000@cac.washington.edu>' body {TEXT/PLAIN;CHARSET=US-ASCII 7BIT 3028 lines 92}");
  CHECK(told("* 1 FETCH (BODY ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 1152 23)(\"TEXT\" "
             "\"PLAIN\" "
             "(\"CHARSET\" \"US-ASCII\" \"NAME\" \"cc.diff\") \"<960723163407.20117h@cac.washington.edu>\" "
             "\"Compiler diff\" \"BASE64\" 4554 73) \"MIXED\"))") ==
        "fetch 1 body {multipart/MIXED {TEXT/PLAIN;CHARSET=US-ASCII 7BIT 1152 lines 23} "
        "{TEXT/PLAIN;CHARSET=US-ASCII;NAME=cc.diff id'<960723163407.20117h@cac.washington.edu>' d'Compiler diff' "
        "BASE64 4554 lines 73}}");
  const Fetch fetch = as<Fetch>(
      "* 8 FETCH (UID 9 BODY[HEADER.FIELDS (\"From\" To)]<2> {4}\r\na\r\n) BODY[1.MIME] NIL BODY[] \"x\" BINARY[2] "
      "~{2}\r\n\0\n"
      " BINARY.SIZE[2.1] 17)"sv);
  CHECK(fetch.uid == imap::Uid(9));
  REQUIRE(fetch.contents.size() == 4);
  CHECK(fetch.contents[0].section == "HEADER.FIELDS (\"From\" To)");
  CHECK(fetch.contents[0].origin == 2U);
  CHECK(fetch.contents[0].octets == "a\r\n)");
  CHECK(!fetch.contents[1].octets);
  CHECK(fetch.content("")->octets == "x");
  CHECK(fetch.content("9") == nullptr);
  CHECK(fetch.contents[3].octets == std::string("\0\n", 2));
  CHECK(fetch.binary_sizes.front() == std::pair<std::string, std::uint64_t>("2.1", 17));
}

TEST_CASE("items of extensions") {
  CHECK(told("* 7 FETCH (UID 1 MODSEQ (320162342) EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9) PREVIEW "
             "\"Preview text!\" SAVEDATE \"01-Jan-2015 00:00:00 -0500\" X-GM-LABELS (\"\\\\Inbox\" a))") ==
        "fetch 7 uid=1 saved 01-Jan-2015 05:00:00 +0000 modseq=320162342 emailid=M6d99ac3275bb4e "
        "threadid=T64b478a75b7ea9 preview'Preview text!' ?X-GM-LABELS=(\"\\\\Inbox\" a)");
  CHECK(told("* 1 FETCH (THREADID NIL PREVIEW NIL SAVEDATE NIL)") == "fetch 1");
  CHECK(told("* 25996 UIDFETCH (FLAGS ($MDNSent))") == "fetch 0 uid=25996 ($MDNSent)");  // RFC 9586
  CHECK(told("* ID (\"name\" \"Cyrus\" \"os\" NIL)") == "id name='Cyrus' os=-");
  CHECK(told("* ACL INBOX Fred rwipsldexta") == "acl INBOX Fred=rwipsldexta");
  CHECK(told("* LISTRIGHTS ~/Mail/saved smith la r swicdkxte") == "listrights ~/Mail/saved smith 'la' r,swicdkxte");
  CHECK(told("* LISTRIGHTS archive/imap anyone \"\" l r s") == "listrights archive/imap anyone '' l,r,s");
  CHECK(told("* MYRIGHTS INBOX rwiptsldaex") == "myrights INBOX rwiptsldaex");
  CHECK(told("* QUOTA \"#user/alice\" (STORAGE 54 111 MESSAGE 42 1000)") ==
        "quota '#user/alice' STORAGE 54/111 MESSAGE 42/1000");
  CHECK(told("* QUOTAROOT INBOX \"\" root2") == "quotaroot INBOX '' 'root2'");
  CHECK(told("* METADATA \"INBOX\" (/shared/comment \"Shared\" /private/comment NIL)") ==
        "metadata 'INBOX' /shared/comment='Shared' /private/comment=-");
  CHECK(told("* METADATA \"\" /shared/comment") == "metadata '' /shared/comment");
  CHECK(told("* LANGUAGE (EN)") == "other LANGUAGE: (EN)");
  CHECK(told("* 12 XNEW a") == "other 12 XNEW: a");
}

TEST_CASE("quirks") {
  CHECK(told("*  SEARCH  1  2 ") == "search 1 2");
  CHECK(told("* 1 FETCH ( FLAGS ( \\Seen ) UID  2 )") == "fetch 1 uid=2 (\\Seen)");
  CHECK(told("* LIST (\\HasChildren \\) \".\" \"Archive\"") == "list (\\HasChildren) . Archive");
  CHECK(told("* 1 FETCH (FLAGS (\\Seen \\ NIL))") == "fetch 1 (\\Seen)");
  CHECK(told("* OK") == "ok ");
  CHECK(told("a OK") == "a ok ");
  CHECK(told("a NO [COPYUID nonsense] x") == "a no [?=COPYUID nonsense]  x");
  CHECK(told("* OK [COPYUID nonsense] x") == "refused: syntax");
  CHECK(told("* 1 FETCH (ENVELOPE (1 2) UID 7)") == "fetch 1 uid=7 ?ENVELOPE=(1 2)");
  CHECK(told("* 1 FETCH (BODYSTRUCTURE (\"A\") INTERNALDATE \"yesterday\")") ==
        "fetch 1 ?BODYSTRUCTURE=(\"A\") ?INTERNALDATE=\"yesterday\"");
  // message/rfc822 without envelope, as servers that could not parse it send it; and one with parts that has nothing
  // else.
  CHECK(told("* 1 FETCH (BODY (\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 10))") ==
        "fetch 1 body {MESSAGE/RFC822 7BIT 10}");
}

TEST_CASE("bounds") {
  CHECK(told("* 1 FETCH (BODY " + times(101, "(") + times(101, ")") + ")") == "refused: too_long");
  CHECK(told("* 1 FETCH (X " + times(101, "(") + times(101, ")") + ")") == "refused: too_long");
  CHECK(told("* 1 FETCH (X " + times(100, "(") + times(100, ")") + ")").starts_with("fetch 1 ?X="));
  CHECK(told("* FLAGS (" + times(1001, "a ") + ")") == "refused: too_many");
  CHECK(told("* 4294967296 EXISTS") == "refused: syntax");
  CHECK(told("* 0 EXPUNGE") == "refused: syntax");
  CHECK(told("* 0 FETCH (UID 1)") == "refused: syntax");
  CHECK(told("* 1 FETCH (UID 0)") == "refused: syntax");
  // A thread as deep as the line is long takes no stack.
  CHECK(told("* THREAD " + times(50'000, "(1 ") + "2" + times(50'000, ")")).size() > 100'000);
  CHECK(told("") == "refused: syntax");
  CHECK(told("*") == "refused: syntax");
  CHECK(told("a") == "refused: syntax");
  CHECK(told("a BYE x") == "refused: syntax");
}

TEST_CASE("a content whose octets came before") {
  const View text = "* 3 FETCH (UID 4 BODY[] {9999999}\r\n FLAGS ())";
  const std::size_t at = text.find('{');
  const std::size_t streamed[] = {at};
  const auto read = parse_response(text, {false, streamed});
  REQUIRE(read);
  CHECK(testing::tell(*read) == "fetch 3 uid=4 () BODY[]~9999999");
  CHECK(!parse_response(text));
  const auto begun = parse_begun_fetch(text.substr(0, at));
  REQUIRE(begun);
  CHECK(begun->fetch.uid == imap::Uid(4));
  CHECK(begun->item.item == "BODY");
  CHECK(parse_begun_fetch("* 3 FETCH (BODY[HEADER.FIELDS (A)]<5> ")->item.origin == 5U);
  CHECK(!parse_begun_fetch("* 3 FETCH (X-PART "));
  CHECK(!parse_begun_fetch("* 3 FETCH (ENVELOPE ("));
  CHECK(!parse_begun_fetch("* METADATA \"\" (/shared/comment "));
  // Only contents may be streamed.
  const View other = "* METADATA \"\" (/a {9999999}\r\n)";
  const std::size_t there[] = {other.find('{')};
  CHECK(!parse_response(other, {false, there}));
}
