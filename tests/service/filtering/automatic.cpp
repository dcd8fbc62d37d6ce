#include "service/filtering/automatic.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::filtering;

namespace {

constexpr View kPlain = "From: a@two.example\r\nTo: ann@example.net\r\nSubject: a\r\n";

bool answered(View field, View sender = "a@two.example") {
  return may_be_answered(own(kPlain) + own(field) + "\r\n", sender);
}

bool written_to(View header, std::vector<std::string> addresses) { return is_written_to(header, addresses); }

}  // namespace

// RFC 3834 section 2, RFC 5230 section 4.6.
TEST_CASE("automatic: people are answered") {
  CHECK(answered(""));
  CHECK(answered("Auto-Submitted: no\r\n"));
  CHECK(answered("Auto-Submitted: No (really)\r\n"));
  CHECK(answered("Precedence: first-class\r\n"));
  CHECK(answered("X-Spam-Flag: NO\r\n"));
  CHECK(answered("X-DSPAM-Result: Innocent\r\n"));
  CHECK(answered("", "owners@two.example"));
  CHECK(answered("", "requests@two.example"));
}

TEST_CASE("automatic: machines, lists, bounces and spam are not") {
  for (const View field :
       {"Auto-Submitted: auto-replied\r\n", "Auto-Submitted: auto-generated; x=y\r\n", "Precedence: bulk\r\n",
        "Precedence: LIST\r\n", "Precedence: junk\r\n", "List-Id: <a.two.example>\r\n", "List-Post: NO\r\n",
        "List-Unsubscribe:\r\n <https://two.example/>\r\n", "list-help: <mailto:a@two.example>\r\n",
        "List-Subscribe: <mailto:a@two.example>\r\n", "List-Owner: <mailto:a@two.example>\r\n",
        "List-Archive: <https://two.example/>\r\n", "X-Spam-Flag: YES\r\n", "X-DSPAM-Result: Spam\r\n",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply\r\n", "X-Auto-Response-Suppress: All\r\n"}) {
    CAPTURE(field);
    CHECK_FALSE(answered(field));
  }
  for (const View sender :
       {"", "MAILER-DAEMON@two.example", "mailer-daemon", "owner-list@two.example", "list-request@two.example",
        "LISTSERV@two.example", "majordomo@two.example", "list-bounces@two.example", "no-reply@two.example"}) {
    CAPTURE(sender);
    CHECK_FALSE(answered("", sender));
  }
}

// RFC 5230 section 4.5.
TEST_CASE("automatic: the recipient must be among those that it is written to") {
  CHECK(written_to("To: Ann <Ann@Example.NET>\r\n", {"x@example.net", "ann@example.net"}));
  CHECK(written_to("To: b@two.example\r\nCc: c@two.example, ann@example.net\r\n", {"ann@example.net"}));
  CHECK(written_to("To: friends: ann@example.net, b@two.example;\r\n", {"ann@example.net"}));
  CHECK(written_to("Resent-To: ann@example.net\r\nTo: b@two.example\r\n", {"ann@example.net"}));
  CHECK(written_to("Bcc: ann@example.net\r\n", {"ann@example.net"}));
  CHECK_FALSE(written_to("To: b@two.example\r\nFrom: ann@example.net\r\n", {"ann@example.net"}));
  CHECK_FALSE(written_to("To: \"ann@example.net\" <b@two.example>\r\n", {"ann@example.net"}));
  CHECK_FALSE(written_to("To: undisclosed-recipients:;\r\n", {"ann@example.net"}));
  CHECK_FALSE(written_to("", {"ann@example.net"}));
  CHECK_FALSE(written_to("To: ann@example.net\r\n", {}));
}
