#include "protocol/sieve/extensions/enotify.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE(
    "RFC 5435 section 3.8 example 1: who is notified, and how important it is; the message is kept all the same") {
  Stage stage;
  CHECK(stage.run("require \"enotify\"; notify :importance \"1\" :message \"This is probably very important\"\r\n"
                  "\"mailto:alm@example.com\";") ==
        "notify mailto:alm@example.com 1 message=This is probably very important; implicit keep");
  CHECK(stage.run("require \"enotify\"; notify :from \"me@example.com\" :options [\"a=b\", \"c=d\"] "
                  "\"mailto:alm@example.com\";") ==
        "notify mailto:alm@example.com 2 from=me@example.com option=a=b option=c=d; implicit keep");
  CHECK(stage.run("require \"enotify\"; notify :from \"nobody\" \"mailto:alm@example.com\";") ==
        "notify mailto:alm@example.com 2; implicit keep");
}

TEST_CASE("RFC 5435 sections 4, 5: what can be done is asked before") {
  Stage stage;
  CHECK(stage.run("require \"enotify\"; if not valid_notify_method [\"mailto:\", "
                  "\"http://gw.example.net/notify?test\"] { stop; }\r\n"
                  "discard;") == "implicit keep");
  CHECK(stage.run("require \"enotify\"; if valid_notify_method \"mailto:alm@example.com\" { discard; }") == "discard");
  CHECK(stage.run("require \"enotify\"; if valid_notify_method \"mailto:a b@example.com\" { discard; }") ==
        "implicit keep");
  CHECK(stage.run("require \"enotify\"; if notify_method_capability \"mailto:alm@example.com\" \"Online\" \"maybe\" { "
                  "discard; }") == "discard");
  CHECK(stage.run(
            "require \"enotify\"; if notify_method_capability \"xmpp:tim@example.com\" \"Online\" [\"maybe\", \"yes\"] "
            "{ discard; }") == "implicit keep");
  CHECK(stage.run("require \"enotify\"; notify \"xmpp:tim@example.com?message;subject=SIEVE\";").starts_with("error "));
}

TEST_CASE("RFC 5435 section 6: :encodeurl leaves only what is unreserved") {
  Stage stage;
  CHECK(stage.run("require [\"enotify\", \"variables\"]; set :encodeurl \"body_param\" \"Safe body&evil=evilbody\";\r\n"
                  "notify \"mailto:tim@example.com?body=${body_param}\";") ==
        "notify mailto:tim@example.com?body=Safe%20body%26evil%3Devilbody 2; implicit keep");
}

TEST_CASE("enotify: constants that cannot be right are errors") {
  for (const View wrong :
       {"notify :importance \"4\" \"mailto:a@example.com\";", "notify :options \"ab\" \"mailto:a@example.com\";",
        "notify \"mailto:a\";", "notify \"no uri\";", "notify \"mailto:a@example.com?x=%zz\";", "notify;"}) {
    CAPTURE(wrong);
    CHECK(errors("require \"enotify\"; " + own(wrong)) != "");
  }
  CHECK(errors("require \"enotify\"; notify \"tel:+14085551212\";") == "");
}
