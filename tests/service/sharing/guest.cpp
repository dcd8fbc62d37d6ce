#include "service/sharing/guest.h"

#include "service/sharing/fixture.h"

using namespace posthorn;
using namespace posthorn::sharing;
using namespace posthorn::sharing::testing;

TEST_CASE("a guest is who he is, anybody, and whatever groups he is in now") {
  Host host;
  host.group("staff", {"bob"});
  const auto id = host.directory->account("bob@example.org")->id;
  const Guest guest(*host.directory->sharing(), id, true);
  const std::string user = directory::user_identifier(id);
  for (const std::string& yes :
       {own("anyone"), own("authenticated"), user, own("group=staff"), own("group-override=staff")})
    CHECK(*guest.is(yes));
  for (const std::string& no :
       {own(""), own("owner"), own("group=staf"), own("group=staff2"), user + "0", own("user=")})
    CHECK_FALSE(*guest.is(no));
  CHECK(*guest.identifiers() ==
        std::vector<std::string>{"anyone", "authenticated", user, "group=staff", "group-override=staff"});
  const std::uint64_t before = guest.stamp();
  REQUIRE(host.directory->sharing()->remove_member("staff", "bob@example.org"));
  CHECK(guest.stamp() != before);
  CHECK_FALSE(*guest.is("group=staff"));
  REQUIRE(host.directory->sharing()->add_member("staff", "bob@example.org"));
  CHECK(*guest.is("group=staff"));
  REQUIRE(host.directory->sharing()->remove_group("staff"));
  CHECK_FALSE(*guest.is("group=staff"));
}
