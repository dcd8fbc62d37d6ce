#include "service/sharing/identifiers.h"

#include "service/sharing/fixture.h"

using namespace posthorn;
using namespace posthorn::sharing;
using namespace posthorn::sharing::testing;

TEST_CASE("identifiers are kept in one spelling and written as people know them") {
  Host host;
  host.group("Staff", {});
  const std::string bob = directory::user_identifier(host.directory->account("bob@example.org")->id);
  struct Row {
    const char* written;
    std::string kept;
    const char* again;
  };
  for (const Row& row :
       {Row{"anyone", "anyone", "anyone"}, Row{"-authenticated", "-authenticated", "-authenticated"},
        Row{"Bob@EXAMPLE.org", bob, "bob@example.org"}, Row{"-bob@example.org", "-" + bob, "-bob@example.org"},
        Row{"$STAFF", "group=staff", "$staff"}, Row{"-$staff", "-group=staff", "-$staff"},
        Row{"!$staff", "group-override=staff", "!$staff"}}) {
    CAPTURE(row.written);
    const auto read = read_identifier(*host.directory, row.written);
    REQUIRE(read);
    CHECK(read->kept == row.kept);
    CHECK(read->takes == (row.written[0] == '-'));
    CHECK(write_identifier(*host.directory, row.kept)->value_or("") == row.again);
  }
  CHECK(read_identifier(*host.directory, "-owner")->owner);
  for (const char* unknown :
       {"nobody@example.org", "nobody@elsewhere.test", "nobody", "", "-", "$", "$nothing", "user=1", "Anyone"}) {
    CAPTURE(unknown);
    CHECK(code_of(read_identifier(*host.directory, unknown)) == Code::not_found);
  }
  CHECK(code_of(read_identifier(*host.directory, "-!$staff")) == Code::syntax);
  CHECK_FALSE(write_identifier(*host.directory, directory::user_identifier(store::AccountId{99}))->has_value());
}

TEST_CASE("any login is one component of a name, in one spelling") {
  CHECK(to_component("ann@example.org") == "ann@example.org");
  CHECK(to_component("a/b*%=c@example.org") == "a=2Fb=2A=25=3Dc@example.org");
  CHECK(from_component("a=2Fb=2A=25=3Dc@example.org") == "a/b*%=c@example.org");
  CHECK(to_component("\"a b\"@example.org") == "=22a b=22@example.org");
  for (const char* bad : {"a=", "a=2", "a=2f", "a=41", "a=GG", "a/b", "100%"}) {
    CAPTURE(bad);
    CHECK_FALSE(from_component(bad).has_value());
  }
}
