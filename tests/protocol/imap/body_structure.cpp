#include "protocol/imap/body_structure.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace posthorn;

namespace {
std::string structure(View message, bool extensions, bool global = true) {
  mime::Outliner outliner;
  outliner.feed(message);
  const mime::Outline outline = outliner.finish();
  Buffer buffer;
  imap::Responder out(buffer, 65'536);
  imap::write_body_structure(out, outline, {.extensions = extensions, .global = global});
  return own(buffer.view());
}
}  // namespace

TEST_CASE("body structure: RFC 9051 section 7.5.2: a text with 48 lines and 2279 octets") {
  std::string body;
  for (int i = 0; i < 47; ++i) body += std::string(45, 'x') + "\r\n";
  body += std::string(2279 - body.size() - 2, 'x') + "\r\n";
  CHECK(structure("Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n" + body, false) ==
        R"(("text" "plain" ("CHARSET" "US-ASCII") NIL NIL "7bit" 2279 48))");
}

TEST_CASE("body structure: two parts, with and without extension data (RFC 9051 section 7.5.2)") {
  const View message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: TEXT/PLAIN; "
      "CHARSET=US-ASCII\r\n\r\none\r\n\r\n--b\r\n"
      "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME=\"cc.diff\"\r\nContent-ID: "
      "<960723163407.20117h@cac.washington.edu>\r\n"
      "Content-Description: Compiler diff\r\nContent-Transfer-Encoding: BASE64\r\nContent-MD5: Q2hlY2s=\r\n"
      "Content-Disposition: attachment; filename=\"cc.diff\"\r\nContent-Language: en, de\r\nContent-Location: "
      "http://x/\r\n\r\nYQ==\r\n--b--\r\n";
  CHECK(
      structure(message, false) ==
      R"((("text" "plain" ("CHARSET" "US-ASCII") NIL NIL "7bit" 5 1)("text" "plain" ("CHARSET" "US-ASCII" "NAME" "cc.diff") )"
      R"("<960723163407.20117h@cac.washington.edu>" "Compiler diff" "BASE64" 4 0) "mixed"))");
  CHECK(
      structure(message, true) ==
      R"((("text" "plain" ("CHARSET" "US-ASCII") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)("text" "plain" )"
      R"(("CHARSET" "US-ASCII" "NAME" "cc.diff") "<960723163407.20117h@cac.washington.edu>" "Compiler diff" "BASE64" 4 0 )"
      R"("Q2hlY2s=" ("attachment" ("filename" "cc.diff")) ("en" "de") "http://x/") "mixed" ("boundary" "b") NIL NIL NIL))");
}

TEST_CASE("body structure: a message inside has envelope, body and lines") {
  CHECK(structure("Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx\r\n", false) ==
        R"(("message" "rfc822" NIL NIL NIL "7bit" 18 (NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) )"
        R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1) 3))");
}

TEST_CASE("body structure: what has no parts or may not be opened still follows the grammar") {
  CHECK(structure("", false) == R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0))");
  CHECK(structure("Content-Type: multipart/mixed\r\n\r\nx", false) ==
        R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed"))");
  CHECK(
      structure("Content-Type: multipart/mixed; boundary=b\r\n\r\nx", true) ==
      R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL))");
  CHECK(structure("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==", false) ==
        R"(("application" "octet-stream" NIL NIL NIL "base64" 4))");
  CHECK(structure("Content-Type: image/png; name=\"a\\\"b\"\r\n\r\n", true) ==
        R"(("image" "png" ("name" "a\"b") NIL NIL "7bit" 0 NIL NIL NIL NIL))");
}

TEST_CASE("body structure: a hundred levels and more") {
  std::string message;
  for (int i = 0; i < 1000; ++i) message += "Content-Type: message/rfc822\r\n\r\n";
  const std::string text = structure(message, true);
  CHECK(std::ranges::count(text, '(') == std::ranges::count(text, ')'));
}

TEST_CASE("body structure: message/global has what is inside only for clients that know it (RFC 9051 section 9)") {
  const View message = "Content-Type: message/global\r\n\r\nSubject: in\r\n\r\nx\r\n";
  CHECK(structure(message, false, true).starts_with(R"(("message" "global" NIL NIL NIL "7bit" 18 (NIL "in")"));
  CHECK(structure(message, false, false) == R"(("message" "global" NIL NIL NIL "7bit" 18))");
}
