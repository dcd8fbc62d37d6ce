#include "protocol/sieve/extensions/enclose.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 5703 section 6: a text and the message inside of a new one, which later tests see") {
  Stage stage;
  CHECK(stage
            .run("require [\"enclose\", \"fileinto\", \"mime\"];\r\n"
                 "enclose :subject \"Warning\" :headers [\"X-Id\"] \"Take care.\";\r\n"
                 "if header :mime :contenttype \"Content-Type\" \"multipart/mixed\" { keep; }",
                 "From: a@example.org\r\nSubject: hi\r\nX-Id: 7\r\n\r\nbody\r\n")
            .ends_with("keep"));
  const std::string message = kept(stage.outcome);
  CHECK(message.find("From: me@example.com\r\n") != std::string::npos);
  CHECK(message.find("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n") != std::string::npos);
  CHECK(message.find("Subject: Warning\r\n") != std::string::npos);
  CHECK(message.find("X-Id: 7\r\n") < message.find("Take care."));
  CHECK(message.find("Content-Type: message/rfc822") != std::string::npos);
  CHECK(message.find("From: a@example.org\r\nSubject: hi\r\nX-Id: 7\r\n\r\nbody\r\n") != std::string::npos);
}

TEST_CASE("RFC 5703 section 6: redirect sends what was enclosed; without a subject it is the message's") {
  Stage stage;
  CHECK(stage.run("require [\"enclose\", \"copy\"]; enclose \"Take care.\"; redirect :copy \"a@example.com\";") ==
        "redirect a@example.com; implicit keep");
  CHECK(std::get<Redirect>(stage.outcome.actions.front()).message == nullptr);
  CHECK(kept(stage.outcome).find("Subject: hello\r\n") < kept(stage.outcome).find("Take care."));
}

TEST_CASE("enclose: once for each time it is said, and the same message from the same run") {
  Stage stage;
  const View script = "require \"enclose\"; enclose \"one\"; enclose \"two\";";
  stage.run(script);
  const std::string first = kept(stage.outcome);
  CHECK(first.find("two") < first.find("one"));
  stage.run(script);
  CHECK(kept(stage.outcome) == first);
  CHECK(errors("require \"enclose\"; enclose :headers \"a b\" \"x\";") != "");
}
