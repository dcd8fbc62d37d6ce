#include "protocol/imap/commands/authenticate.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"

#include "protocol/imap/stage.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("AUTHENTICATE takes what its grammar says and nothing else") {
  for (View arguments : {View(" PLAIN"), View(" plain ="), View(" X YQ==")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(commands::authenticate::spec.check(c), arguments);
  }
  for (View arguments : {View(""), View(" "), View(" PLAIN "), View(" PLAIN !"), View(" PLAIN  =")}) {
    Cursor c(arguments);
    CHECK_MESSAGE(!commands::authenticate::spec.check(c), arguments);
  }
}

TEST_CASE("AUTHENTICATE OAUTHBEARER: a refusal in JSON that the client acknowledges, then the right token") {
  testing::ImapStage stage;
  stage.server.accept({.tokens = true});
  stage.verifier.add("bob", "t0ken");
  CHECK(stage.run().find(" AUTH=OAUTHBEARER AUTH=XOAUTH2") != std::string::npos);
  const auto message = [](View token) {
    return codec::base64_encode(
        "n,,\x01"
        "auth=Bearer " +
        own(token) + "\x01\x01");
  };
  CHECK(stage.say("a AUTHENTICATE OAUTHBEARER " + message("old") + "\r\n") ==
        "+ " +
            codec::base64_encode(R"({"status":"invalid_token","schemes":"bearer","scope":"mail",)"
                                 R"("openid-configuration":"https://host.example/.well-known"})") +
            "\r\n");
  CHECK(stage.say("AQ==\r\n").starts_with("a NO [AUTHENTICATIONFAILED] "));
  CHECK(stage.say("b AUTHENTICATE OAUTHBEARER\r\n") == "+ \r\n");
  CHECK(stage.say(message("t0ken") + "\r\n").starts_with("b OK "));
  CHECK(stage.server.session().phase() == Phase::authenticated);
}
