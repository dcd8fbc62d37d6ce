#include "protocol/sieve/extensions/vnd_dovecot.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("vnd.dovecot.debug: a script says something to the host") {
  Stage stage;
  CHECK(stage.run("require [\"vnd.dovecot.debug\", \"variables\"]; set \"a\" \"b\"; debug_log \"here: ${a}\";") ==
        "implicit keep");
  CHECK(stage.world.logged == "here: b\n");
}

TEST_CASE("vnd.dovecot.environment section 4: items are variables, with _ for -; they cannot be set") {
  Stage stage;
  stage.world.items = {{"vnd.dovecot.default-mailbox", "INBOX"}, {"vnd.dovecot.username", "kim"}, {"name", "Posthorn"}};
  stage.world.settings = {{"reject_reason", "Please don't."}};
  CHECK(stage.run(
            "require [\"vnd.dovecot.environment\", \"variables\", \"fileinto\"];\r\n"
            "fileinto \"${env.vnd.dovecot.default_mailbox}/${env.vnd.dovecot.username}/${env.name}${env.none}\";") ==
        "fileinto INBOX/kim/Posthorn");
  CHECK(stage.run("require [\"vnd.dovecot.environment\", \"variables\", \"reject\"]; reject "
                  "\"${env.vnd.dovecot.config.reject_reason}\";") == "reject Please don't.");
  CHECK(stage.run("require \"vnd.dovecot.environment\"; if environment \"vnd.dovecot.config.reject_reason\" \"please "
                  "don't.\" { discard; }") == "discard");
  CHECK(stage.run("require \"environment\"; if environment \"vnd.dovecot.username\" \"kim\" { discard; }") ==
        "implicit keep");
  CHECK(errors("require [\"vnd.dovecot.environment\", \"variables\"]; set \"env.name\" \"x\";") != "");
}
