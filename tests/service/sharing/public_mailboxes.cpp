#include "posthorn/service/sharing/public_mailboxes.h"

#include "service/sharing/fixture.h"

using namespace posthorn;
using namespace posthorn::sharing;
using namespace posthorn::sharing::testing;

TEST_CASE("an administrator gives rights in public mailboxes and sees who has them") {
  Host host;
  const Places places{*host.directory, *host.accounts};
  host.group("staff", {"bob"});
  REQUIRE(host.directory->sharing()->add_public("News"));
  CHECK(delegate(places, "News", "Local/Sport", "ann@example.org", "lra"));
  CHECK(delegate(places, "NEWS", "Local/Sport", "$staff", "lr"));
  CHECK(delegate(places, "News", "Local/Sport", "-bob@example.org", "r"));
  const auto all = rights_in(places, "news");
  REQUIRE(all);
  std::string text;
  for (const PublicRight& line : *all)
    text += line.mailbox + " " + line.identifier + " " + imap::format_rights(line.rights) + "\n";
  CHECK(text == "Local/Sport -bob@example.org r\nLocal/Sport $staff lr\nLocal/Sport ann@example.org lra\n");
  CHECK(delegate(places, "News", "Local/Sport", "ann@example.org", ""));
  CHECK(rights_in(places, "News")->size() == 2);
  CHECK(code_of(delegate(places, "Other", "x", "ann@example.org", "l")) == Code::not_found);
  CHECK(code_of(delegate(places, "News", "x", "nobody@example.org", "l")) == Code::not_found);
  CHECK(code_of(delegate(places, "News", "x", "owner", "l")) == Code::not_found);
  CHECK(code_of(delegate(places, "News", "x", "ann@example.org", "q")) == Code::syntax);
  CHECK(code_of(delegate(places, "News", "x*", "ann@example.org", "l")) == Code::syntax);
  CHECK(code_of(rights_in(places, "Other")) == Code::not_found);
  REQUIRE(host.directory->sharing()->remove_public("news"));
  CHECK(code_of(rights_in(places, "News")) == Code::not_found);
}
