#include "protocol/sieve/extensions/regex.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("draft-ietf-sieve-regex-01 section 3: is it to me, and is its subject without lower case") {
  Stage stage;
  const View script =
      "require \"regex\";\r\nif anyof (not address :regex [\"to\", \"cc\", \"bcc\"] "
      "\"me(\\\\+.*)?@company\\\\.com\",\r\n"
      "header :regex :comparator \"i;octet\" \"subject\" \"^[^[:lower:]]+$\") { discard; }";
  CHECK(stage.run(script, "To: me+news@company.com\r\nSubject: Hello\r\n\r\n") == "implicit keep");
  CHECK(stage.run(script, "To: me@companyXcom\r\nSubject: Hello\r\n\r\n") == "discard");
  CHECK(stage.run(script, "To: me@company.com\r\nSubject: MAKE MONEY\r\n\r\n") == "discard");
}

TEST_CASE("draft-ietf-sieve-regex-01 section 5: groups are match variables, as much as possible in each") {
  Stage stage;
  CHECK(stage.run("require [\"fileinto\", \"regex\", \"variables\"];\r\n"
                  "if header :regex \"List-ID\" \"<(.*)@\" { fileinto \"lists.${1}\"; stop; }\r\n",
                  "List-ID: Users <imap-use@example.org>\r\n\r\n") == "fileinto lists.imap-use");
  CHECK(stage.run("require [\"fileinto\", \"regex\", \"variables\"];\r\n"
                  "if header :regex \"Subject\" \"^\\\\[(.*)\\\\] (.*)$\" { fileinto \"${1}|${2}|${0}\"; stop; }\r\n",
                  "Subject: [acme-users] [fwd] version 1.0 is out\r\n\r\n") ==
        "fileinto acme-users] [fwd|version 1.0 is out|[acme-users] [fwd] version 1.0 is out");
  CHECK(stage.run("require [\"fileinto\", \"regex\", \"variables\"];\r\n"
                  "if header :regex \"Subject\" \"(a)|(b)\" { fileinto \"[${1}${2}]${0}\"; stop; }\r\n",
                  "Subject: xBx\r\n\r\n") == "fileinto [B]B");
}

TEST_CASE("regex: case is the comparator's, ends are those of the text") {
  Stage stage;
  const auto fits = [&](View comparator, View value, View key) {
    return stage.run(
               "require [\"regex\", \"variables\", \"comparator-i;unicode-casemap\"]; if string :regex :comparator \"" +
               own(comparator) + "\" \"" + own(value) + "\" \"" + own(key) + "\" { discard; }") == "discard";
  };
  CHECK(fits("i;ascii-casemap", "HELLO", "^hel+o$"));
  CHECK_FALSE(fits("i;octet", "HELLO", "^hel+o$"));
  CHECK(fits("i;unicode-casemap", "\xC3\x84rger", "\xC3\xA4R"));
  CHECK(fits("i;octet", "a\r\nb", "a.*b"));
  CHECK_FALSE(fits("i;octet", "a\r\nb", "^b"));
}

TEST_CASE("regex: a key that is no expression is an error where it stands, and at run time one of the run") {
  CHECK(errors("require \"regex\";\r\nif header :regex \"a\" \"(\" { keep; }")
            .starts_with("2:22 \"(\" is no regular expression"));
  Stage stage;
  CHECK(
      stage
          .run(
              "require [\"regex\", \"variables\"]; set \"k\" \"(\"; if header :regex \"subject\" \"${k}\" { discard; }")
          .find("\"(\" is no regular expression") != std::string::npos);
  CHECK(stage.run("require [\"regex\", \"variables\"]; set \"k\" \"h.l+\"; if header :regex \"subject\" \"${k}o\" { "
                  "discard; }") == "discard");
}

TEST_CASE("draft-ietf-sieve-regex-01 section 6: :quoteregex") {
  Stage stage;
  CHECK(stage.run(
            "require [\"regex\", \"variables\", \"fileinto\"]; set :quoteregex \"k\" \"a.(b)*\"; fileinto \"${k}\";") ==
        "fileinto a\\.\\(b\\)\\*");
}

TEST_CASE("regex: what an expression costs is counted") {
  Stage stage;
  stage.options.limits.steps = 2000;
  const std::string value(60'000, 'a');
  CHECK(stage
            .run("require \"regex\"; if header :regex \"subject\" \"(a?){200}b\" { discard; }",
                 "Subject: " + value + "\r\n\r\n")
            .find("too many steps") != std::string::npos);
}
