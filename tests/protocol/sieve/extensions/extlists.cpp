#include "protocol/sieve/extensions/extlists.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

constexpr View kList = "tag:example.com,2010-05-28:mylist";

TEST_CASE("RFC 6134 section 3 example 3: what members of a list send goes to the list") {
  Stage stage;
  stage.world.lists[own(kList)] = {"sender@example.org"};
  const std::string script = "require [\"extlists\", \"variables\", \"fileinto\"]; if header :list \"from\" \"" +
                             own(kList) + "\" { redirect :list \"" + own(kList) + "\"; fileinto \"${0}\"; }";
  CHECK(stage.run(script) == "redirect tag:example.com,2010-05-28:mylist list; fileinto sender@example.org");
  CHECK(stage.run(script, "From: other@example.org\r\n\r\n") == "implicit keep");
}

TEST_CASE("RFC 6134 section 2.7: a list that there is not is an error, and can be asked for") {
  Stage stage;
  CHECK(stage.run("require \"extlists\"; if header :list \"from\" \":addrbook:none\" { discard; }")
            .starts_with("error "));
  CHECK(stage.run("require \"extlists\"; redirect :list \":addrbook:none\";").starts_with("error "));
  stage.world.lists[":addrbook:default"] = {};
  CHECK(stage.run("require \"extlists\"; if valid_ext_list \":addrbook:default\" { discard; }") == "discard");
  CHECK(stage.run("require \"extlists\"; if valid_ext_list [\":addrbook:default\", \":addrbook:none\"] { discard; }") ==
        "implicit keep");
}
