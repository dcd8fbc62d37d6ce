#include "protocol/sieve/extensions/metadata.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5490 section 4: what a mailbox is annotated with") {
  Stage stage;
  stage.world.annotations["INBOX /private/vendor/vendor.isode/auto-replies"] = "on";
  const auto holds = [&](View test) {
    return stage.run("require [\"mboxmetadata\", \"servermetadata\"]; if " + own(test) + " { discard; }") == "discard";
  };
  CHECK(holds("metadata :is \"INBOX\" \"/private/vendor/vendor.isode/auto-replies\" \"on\""));
  CHECK_FALSE(holds("metadata :is \"INBOX\" \"/private/vendor/vendor.isode/auto-replies\" \"off\""));
  CHECK_FALSE(holds("metadata :contains \"INBOX\" \"/private/comment\" \"\""));
  CHECK(holds("metadataexists \"INBOX\" \"/private/vendor/vendor.isode/auto-replies\""));
  CHECK_FALSE(holds("metadataexists \"INBOX\" [\"/private/vendor/vendor.isode/auto-replies\", \"/private/comment\"]"));
  CHECK_FALSE(holds("metadataexists \"Other\" \"/private/vendor/vendor.isode/auto-replies\""));
  CHECK_FALSE(holds("servermetadataexists \"/private/vendor/vendor.isode/auto-replies\""));
}

TEST_CASE("RFC 5490 section 5: what the server is annotated with") {
  Stage stage;
  stage.world.annotations["/shared/comment"] = "Hello";
  const auto holds = [&](View test) {
    return stage.run("require [\"servermetadata\"]; if " + own(test) + " { discard; }") == "discard";
  };
  CHECK(holds("servermetadata :contains \"/shared/comment\" \"ell\""));
  CHECK(holds("servermetadataexists [\"/shared/comment\"]"));
  CHECK_FALSE(holds("servermetadataexists [\"/shared/comment\", \"/shared/admin\"]"));
}
