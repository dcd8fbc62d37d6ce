#include "protocol/sieve/extensions/body.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {
constexpr View kMixed =
    "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=foo\r\n\r\nThis is a MIME message.\r\n"
    "--foo\r\nContent-Type: text/html\r\n\r\n<b>He</b>llo\r\n"
    "--foo\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "Caf=E9 M=41KE\r\n--foo\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner secret\r\n\r\ninner body\r\n"
    "--foo--\r\nbehind\r\n";
}

TEST_CASE("RFC 5173 section 5: raw, content and text") {
  Stage stage;
  const auto found = [&](View test) {
    return stage.run("require \"body\";\r\nif body " + own(test) + " { discard; }", kMixed) == "discard";
  };
  CHECK(found(":raw :contains \"M=41KE\""));
  CHECK_FALSE(found(":raw :contains \"multipart/mixed\""));
  CHECK(found(":content \"text\" :contains \"Caf\xC3\xA9 MAKE\""));
  CHECK(found(":content \"text/html\" :contains \"<b>He</b>llo\""));
  CHECK_FALSE(found(":content \"text/plain\" :contains \"He</b>llo\""));
  CHECK(found(":text :contains \"Hello\""));
  CHECK(found(":contains \"MAKE\""));
  CHECK(found(":content \"message/rfc822\" :contains \"inner secret\""));
  CHECK_FALSE(found(":content \"message/rfc822\" :contains \"inner body\""));
  CHECK(found(":content \"multipart\" :contains \"This is a MIME message\""));
  CHECK(found(":content \"multipart/mixed\" :contains \"behind\""));
  CHECK_FALSE(found(":content [\"text/\", \"/plain\", \"text/plain/x\"] :contains \"\""));
}
