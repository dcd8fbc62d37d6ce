#include "protocol/sieve/extensions/foreverypart.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

constexpr View kMessage =
    "Subject: outer\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
    "--b\r\nX-Part: 1\r\n\r\none\r\n"
    "--b\r\nX-Part: 2\r\nContent-Type: multipart/alternative; boundary=\"c\"\r\n\r\n"
    "--c\r\nX-Part: 2.1\r\n\r\ntwo one\r\n--c\r\nX-Part: 2.2\r\nContent-Type: text/html\r\n\r\n<b>two</b>\r\n--c--\r\n"
    "--b\r\nX-Part: 3\r\n\r\nthree\r\n--b--\r\n";

std::string walked(Stage& stage, View loop) {
  stage.run("require [\"foreverypart\", \"mime\", \"variables\", \"editheader\"]; set \"seen\" \"\";\r\n" + own(loop) +
                "\r\naddheader \"X-Seen\" \"${seen}\";",
            kMessage);
  const std::string message = kept(stage.outcome);
  return message.substr(0, message.find("\r\n"));
}

TEST_CASE("RFC 5703 section 3: each part in order, those inside of a part behind it") {
  Stage stage;
  CHECK(
      walked(stage, "foreverypart { if header :mime :matches \"X-Part\" \"*\" { set \"seen\" \"${seen} ${1}\"; } }") ==
      "X-Seen: 1 2 2.1 2.2 3");
  // The inner loop walks what is inside of the part that the outer one is at.
  CHECK(walked(stage,
               "foreverypart { if header :mime \"X-Part\" \"2\" { foreverypart {\r\n"
               "if header :mime :matches \"X-Part\" \"*\" { set \"seen\" \"${seen} ${1}\"; } } } }") ==
        "X-Seen: 2.1 2.2");
  CHECK(walked(stage, "foreverypart { if header :mime \"X-Part\" \"1\" { foreverypart { set \"seen\" \"x\"; } } }") ==
        "X-Seen:");
  CHECK(stage.run("require \"foreverypart\"; foreverypart { discard; }") == "discard");
}

TEST_CASE("RFC 5703 section 3.2: break ends the nearest loop, or the one that is named") {
  Stage stage;
  CHECK(walked(stage,
               "foreverypart { if header :mime :matches \"X-Part\" \"*\" { set \"seen\" \"${seen} ${1}\";\r\n"
               "if string \"${1}\" \"2\" { break; } } }") == "X-Seen: 1 2");
  CHECK(walked(stage,
               "foreverypart :name \"out\" { foreverypart { if header :mime :matches \"X-Part\" \"*\" {\r\n"
               "set \"seen\" \"${seen} ${1}\"; if string \"${1}\" \"2.1\" { break :name \"out\"; } } } }") ==
        "X-Seen: 1 2 2.1");
  CHECK(walked(stage,
               "foreverypart { foreverypart { if header :mime :matches \"X-Part\" \"2.*\" {\r\n"
               "set \"seen\" \"${seen} ${1}\"; break; } } }") == "X-Seen: 1 1");
  CHECK(errors("require \"foreverypart\"; break;") != "");
  CHECK(stage.run("require \"foreverypart\"; foreverypart { break :name \"x\"; }").find("no loop \"x\"") !=
        std::string::npos);
}

TEST_CASE("foreverypart: a loop costs steps, and loops inside each other have an end") {
  Stage stage;
  std::string script = "require \"foreverypart\"; ";
  for (int i = 0; i < 9; ++i) script += "foreverypart { ";
  script += "stop; ";
  for (int i = 0; i < 9; ++i) script += "} ";
  std::string message;
  for (int i = 0; i < 12; ++i) {
    message +=
        "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" + std::to_string(i) + "\r\n";
  }
  CHECK(stage.run(script, message + "\r\nx").find("too many loops") != std::string::npos);
  stage.options.limits.steps = 5;
  CHECK(stage.run("require \"foreverypart\"; foreverypart { keep; }", kMessage).find("too many steps") !=
        std::string::npos);
}
