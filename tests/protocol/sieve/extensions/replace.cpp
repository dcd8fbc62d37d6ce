#include "protocol/sieve/extensions/replace.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

constexpr View kMessage =
    "From: Bob <bob@example.org>\r\nSubject: outer\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
    "--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/exe; name=a.exe\r\n\r\nMZ\r\n--b--\r\n";

TEST_CASE("RFC 5703 section 5: an executable is replaced by a text where it stands") {
  Stage stage;
  stage.run(
      "require [\"foreverypart\", \"mime\", \"replace\"];\r\nforeverypart {\r\n"
      "if anyof (header :mime :contenttype :is \"Content-Type\" \"application/exe\",\r\n"
      "header :mime :param \"filename\" :matches [\"Content-Type\", \"Content-Disposition\"] \"*.com\") {\r\n"
      "replace \"Executable attachment removed by user filter\"; } }",
      kMessage);
  const std::string message = kept(stage.outcome);
  CHECK(message.find("MZ") == std::string::npos);
  CHECK(message.find("hello") != std::string::npos);
  CHECK(message.find("--b\r\nContent-Type: text/plain") != std::string::npos);
  CHECK(message.find("Executable attachment removed by user filter") != std::string::npos);
  CHECK(message.starts_with("From: Bob <bob@example.org>\r\nSubject: outer\r\n"));
}

TEST_CASE("RFC 5703 section 5: the whole message, with what its fields said before") {
  Stage stage;
  stage.run("require \"replace\"; replace :subject \"New\" :from \"eve@example.com\" \"gone\";", kMessage);
  const std::string message = kept(stage.outcome);
  CHECK(message.find("Subject: New\r\n") != std::string::npos);
  CHECK(message.find("Original-Subject: outer\r\n") != std::string::npos);
  CHECK(message.find("From: eve@example.com\r\n") != std::string::npos);
  CHECK(message.find("Original-From: Bob <bob@example.org>\r\n") != std::string::npos);
  CHECK(message.find("multipart") == std::string::npos);
  CHECK(message.find("\r\n\r\ngone") != std::string::npos);
  CHECK(errors("require \"replace\"; replace :from \"nobody\" \"x\";") != "");
}

TEST_CASE("RFC 5703 section 5: an entity with :mime; what is inside of it is not walked") {
  Stage stage;
  stage.run(
      "require [\"foreverypart\", \"mime\", \"replace\", \"variables\", \"editheader\"]; set \"n\" \"\";\r\n"
      "foreverypart { set \"n\" \"${n}x\"; if header :mime :contenttype \"Content-Type\" \"application/exe\" {\r\n"
      "replace :mime text:\r\nContent-Type: multipart/mixed; "
      "boundary=q\r\n\r\n--q\r\n\r\nA\r\n--q\r\n\r\nB\r\n--q--\r\n.\r\n;"
      " } }\r\naddheader \"X-Seen\" \"${n}\";",
      kMessage);
  const std::string message = kept(stage.outcome);
  CHECK(message.starts_with("X-Seen: xxx\r\n"));
  CHECK(message.find("multipart/mixed; boundary") != std::string::npos);
  CHECK(message.find("\r\nA\r\n") != std::string::npos);
}

TEST_CASE("replace: growing in circles ends at a limit") {
  Stage stage;
  stage.options.limits.memory = 20'000;
  CHECK(stage
            .run("require [\"foreverypart\", \"replace\"]; foreverypart { foreverypart { replace :mime text:\r\n"
                 "Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nA\r\n--q\r\n\r\nB\r\n--q--\r\n.\r\n; } }",
                 kMessage)
            .starts_with("error "));
}
