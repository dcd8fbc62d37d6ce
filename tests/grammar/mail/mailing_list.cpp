#include "posthorn/grammar/mail/mailing_list.h"

#include <doctest/doctest.h>

using namespace posthorn;
using Urls = std::vector<std::string>;

TEST_CASE("mailing list: List-Id, RFC 2919 section 3") {
  const auto show = [](View raw) {
    const auto id = mail::parse_list_id(raw);
    return id ? id->phrase + "|" + id->id : "none";
  };
  CHECK(show(" List Header Mailing List <list-header.nisto.com>") == "List Header Mailing List|list-header.nisto.com");
  CHECK(show(" <commonspace-users.list-id.within.com>") == "|commonspace-users.list-id.within.com");
  CHECK(show(" \"Lena's Personal Joke List\"\r\n <lenas-jokes.da39efc25c530ad145d41b86f7420c3b.021999.localhost>") ==
        "Lena's Personal Joke List|lenas-jokes.da39efc25c530ad145d41b86f7420c3b.021999.localhost");
  CHECK(show(" \"An internal CMU List\" <0Jks9449.list-id.cmu.edu>") ==
        "An internal CMU List|0Jks9449.list-id.cmu.edu");
  CHECK(show("announce.example.org") == "|announce.example.org");
  CHECK(show("<list@example.org>") == "|list@example.org");
  CHECK(show("Sales, Marketing and PR <spm.example.org>") == "Sales, Marketing and PR|spm.example.org");
  CHECK(show("Foo; bar <a.b>") == "Foo; bar|a.b");
  CHECK(show("\"x < y\" (<c.d>) <a.b>") == "x < y|a.b");
  CHECK(show("\"x\" <>") == "none");
  CHECK(show("no brackets here") == "none");
  CHECK(show("") == "none");
}

TEST_CASE("mailing list: URLs, RFC 2369 section 3") {
  CHECK(mail::list_urls("<mailto:list@host.com?subject=help> (List Instructions)") ==
        Urls{"mailto:list@host.com?subject=help"});
  CHECK(mail::list_urls("<ftp://ftp.host.com/list.txt> (FTP),\r\n    <mailto:list@host.com?subject=help>") ==
        Urls{"ftp://ftp.host.com/list.txt", "mailto:list@host.com?subject=help"});
  CHECK(mail::list_urls(
            "(Use this command to join the list)\r\n  <mailto:list-manager@host.com?body=subscribe%20list>") ==
        Urls{"mailto:list-manager@host.com?body=subscribe%20list"});
  CHECK(mail::list_urls("NO (posting not allowed on this list)").empty());
  CHECK(mail::list_urls("<http://www.host.com/\r\n list/>") == Urls{"http://www.host.com/list/"});  // section 2
  CHECK(mail::list_urls("(<a:b>) <> <open").empty());
  for (const View unit : {"<", "(", "<>", "<a>", ","}) {
    std::string field;
    while (field.size() < (1U << 20U)) field += unit;
    CHECK(mail::list_urls(field).size() <= 1000);
  }
}

TEST_CASE("mailing list: one click, RFC 8058 section 8") {
  const View unsubscribe =
      " <mailto:listrequest@example.com?subject=unsubscribe>,\r\n"
      "     <https://example.com/unsubscribe.html?opaque=123456789>";
  CHECK(mail::one_click_url(unsubscribe, " List-Unsubscribe=One-Click") ==
        "https://example.com/unsubscribe.html?opaque=123456789");
  CHECK_FALSE(mail::one_click_url(unsubscribe, ""));
  CHECK_FALSE(mail::one_click_url(unsubscribe, "List-Unsubscribe=Two-Clicks"));
  CHECK_FALSE(mail::one_click_url("<mailto:a@b.test>, <http://b.test/>", "List-Unsubscribe=One-Click"));
}

TEST_CASE("mailing list: Auto-Submitted, RFC 3834 section 5") {
  CHECK(mail::is_auto_submitted(" auto-replied"));
  CHECK(mail::is_auto_submitted("auto-generated (rejected); x=y"));
  CHECK_FALSE(mail::is_auto_submitted(" (comment) No"));
  CHECK_FALSE(mail::is_auto_submitted("no; x=y"));
  CHECK_FALSE(mail::is_auto_submitted(""));
}
