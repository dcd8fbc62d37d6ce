#include "protocol/sieve/extensions/mime.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

constexpr View kMessage =
    "From: a@example.org\r\nSubject: outer\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; "
    "charset=utf-8\r\n\r\nhello\r\n"
    "--b\r\nContent-Type: application/PDF; name=\"report.pdf\"\r\n"
    "Content-Disposition: attachment; filename*=utf-8''%C3%A4.pdf\r\nX-To: b@example.net\r\n\r\nxyz\r\n--b--\r\n";

TEST_CASE("RFC 5703 section 4.1: parts of a media type, of a disposition, parameters") {
  Stage stage;
  const auto holds = [&](View test) {
    return stage.run(
               "require [\"mime\", \"relational\", \"comparator-i;ascii-numeric\"]; if " + own(test) + " { discard; }",
               kMessage) == "discard";
  };
  CHECK(holds("header :mime :contenttype \"Content-Type\" \"multipart/mixed\""));
  CHECK_FALSE(holds("header :mime :contenttype \"Content-Type\" \"application/pdf\""));
  CHECK(holds("header :mime :anychild :contenttype \"Content-Type\" \"application/pdf\""));
  CHECK(holds("header :mime :anychild :type \"Content-Type\" \"text\""));
  CHECK(holds("header :mime :anychild :subtype \"Content-Type\" \"plain\""));
  CHECK(holds("header :mime :anychild :type \"Content-Disposition\" \"attachment\""));
  CHECK(holds("header :mime :anychild :contenttype \"Content-Disposition\" \"attachment\""));
  CHECK(holds("header :mime :anychild :subtype \"Content-Disposition\" \"\""));
  CHECK(holds("header :mime :type \"Subject\" \"\""));
  CHECK(holds("header :mime :anychild :param [\"filename\", \"name\"] \"Content-Type\" \"report.pdf\""));
  CHECK(holds("header :mime :anychild :param \"filename\" \"Content-Disposition\" \"\xC3\xA4.pdf\""));
  CHECK(holds("header :mime :anychild :count \"eq\" :comparator \"i;ascii-numeric\" :type \"Content-Type\" \"3\""));
  CHECK(
      holds("header :mime :anychild :count \"eq\" :comparator \"i;ascii-numeric\" :param \"charset\" "
            "\"Content-Type\" \"1\""));
}

TEST_CASE("RFC 5703 sections 4.2, 4.3: address and exists in all parts") {
  Stage stage;
  const auto holds = [&](View test) {
    return stage.run("require \"mime\"; if " + own(test) + " { discard; }", kMessage) == "discard";
  };
  CHECK(holds("exists :mime :anychild \"Content-Disposition\""));
  CHECK_FALSE(holds("exists :mime \"Content-Disposition\""));
  CHECK(holds("address :mime \"from\" \"a@example.org\""));
}

TEST_CASE("mime: options stand beside :mime, one of them") {
  CHECK(errors("require \"mime\"; if header :anychild \"a\" \"b\" { keep; }") != "");
  CHECK(errors("require \"mime\"; if header :type \"a\" \"b\" { keep; }") != "");
  CHECK(errors("require \"mime\"; if header :mime :type :subtype \"a\" \"b\" { keep; }") != "");
  CHECK(errors("require \"mime\"; if address :mime :type \"from\" \"b\" { keep; }") != "");
}
