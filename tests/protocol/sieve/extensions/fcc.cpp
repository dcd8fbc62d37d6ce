#include "protocol/sieve/extensions/fcc.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

TEST_CASE("RFC 8580 section 3: a copy of the answer, with the tags of fileinto in any order") {
  Stage stage;
  CHECK(stage.run("require [\"vacation\", \"fcc\", \"mailbox\", \"imap4flags\"];\r\n"
                  "vacation :days 7 :from \"hemingway@example.com\" :fcc \"INBOX.Sent\" :create :flags \"\\\\Seen\" "
                  "\"Gone\";") ==
        "vacation Gone 604800 from=hemingway@example.com fcc=INBOX.Sent create [\\Seen]; implicit keep");
  CHECK(stage.run("require [\"vacation\", \"fcc\", \"special-use\"];\r\n"
                  "vacation :specialuse \"\\\\Sent\" :fcc \"Sent\" \"Gone\";") ==
        "vacation Gone 604800 fcc=Sent use=\\Sent; implicit keep");
  CHECK(stage.run("require [\"enotify\", \"fcc\"]; notify :fcc \"INBOX.Sent\" :message \"You got mail!\" "
                  "\"mailto:ken@example.com\";") ==
        "notify mailto:ken@example.com 2 message=You got mail! fcc=INBOX.Sent; implicit keep");
}

TEST_CASE("RFC 8580 section 3.3: what xmpp can do") {
  Stage stage;
  CHECK(stage.run("require [\"enotify\", \"fcc\"]; if notify_method_capability \"mailto:a@example.com\" \"fcc\" "
                  "\"yes\" { discard; }") == "discard");
}

TEST_CASE("fcc: no copy of what is not sent, and no place for a copy that there is none of") {
  CHECK(errors("require [\"reject\", \"fcc\"]; reject :fcc \"foo\" \"no\";") != "");
  CHECK(errors("require [\"vacation\", \"mailbox\"]; vacation :create \"Gone\";") != "");
  CHECK(errors("require [\"vacation\", \"fcc\", \"imap4flags\"]; vacation :flags \"\\\\Seen\" \"Gone\";") != "");
  Stage stage;
  CHECK(stage.run("require [\"vacation\", \"fcc\"]; vacation :fcc \"\" \"Gone\";").starts_with("error "));
}
