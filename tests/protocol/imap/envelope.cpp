#include "protocol/imap/envelope.h"

#include <doctest/doctest.h>

using namespace posthorn;

namespace {
std::string envelope(View header, bool utf8 = false) {
  Buffer buffer;
  imap::Responder out(buffer, 65'536);
  out.set_enabled({.utf8 = utf8});
  imap::write_envelope(out, header);
  return own(buffer.view());
}
}  // namespace

TEST_CASE("envelope: RFC 3501 section 8") {
  CHECK(envelope("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
                 "From: Terry Gray <gray@cac.washington.edu>\r\n"
                 "Subject: IMAP4rev1 WG mtg summary and minutes\r\n"
                 "To: imap@cac.washington.edu\r\n"
                 "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
                 "Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
                 "MIME-Version: 1.0\r\n"
                 "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n") ==
        "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and minutes\" "
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
        "((NIL NIL \"imap\" \"cac.washington.edu\")) "
        "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
        "\"<B27397-0100000@cac.washington.edu>\")");
}

TEST_CASE("envelope: absent, empty and grouped") {
  CHECK(envelope("") == "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
  CHECK(envelope("Subject:\r\nTo: friends: a@b, c@d;\r\n") ==
        "(NIL \"\" NIL NIL NIL ((NIL NIL \"friends\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")(NIL NIL NIL NIL)) "
        "NIL NIL NIL NIL)");
  CHECK(envelope("From: root\r\nSender: \r\n") ==
        "(NIL NIL ((NIL NIL \"root\" \"\")) ((NIL NIL \"root\" \"\")) ((NIL NIL \"root\" \"\")) NIL NIL NIL NIL NIL)");
}

TEST_CASE("envelope: no invalid quoted string, whatever the header holds") {
  CHECK(envelope("Subject: a \"b\" \\c\r\n d\r\n").starts_with(R"((NIL "a \"b\" \\c d" NIL)"));
  CHECK(envelope("Subject: J\xC3\xBC\r\n").starts_with("(NIL {3}\r\nJ\xC3\xBC NIL"));
  CHECK(envelope("Subject: J\xC3\xBC\r\n", true).starts_with("(NIL \"J\xC3\xBC\" NIL"));
  CHECK(envelope("Subject: J\xFC\r\n", true).starts_with("(NIL {2}\r\nJ\xFC NIL"));
  CHECK(envelope(View("Subject: a\0b\r\n", 14)).starts_with("(NIL \"ab\" NIL"));
  CHECK(envelope("Subject: bare\rcr\r\n").starts_with("(NIL \"barecr\" NIL"));
}
