#include "posthorn/grammar/mime/eight_bit.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"

using namespace posthorn;
using mime::to_eight_bit;
using namespace std::string_literals;

namespace {

std::string part(std::string_view fields, std::string_view body) {
  return "--b\r\n" + own(fields) + "\r\n" + own(body) + "\r\n";
}

std::string mixed(const std::string& parts, std::string_view encoding = "binary") {
  return "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: " +
         own(encoding) + "\r\n\r\npreamble\r\n" + parts + "--b--\r\nepilogue\r\n";
}

Code refused(const std::string& message) {
  const auto lines = to_eight_bit(message);
  REQUIRE_FALSE(lines.has_value());
  CHECK(lines.error().blame == Blame::peer);
  return lines.error().code;
}

}  // namespace

TEST_CASE("eight bit: binary bodies become base64 (RFC 4648 section 10), texts quoted-printable, the rest stays") {
  const std::string message = mixed(
      part("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", "gr\xC3\xBC\xC3\x9F") +
      part("Content-Type: image/png\r\nContent-Transfer-Encoding: BINARY (as it is)\r\nContent-ID: <1@x>\r\n",
           "foo\nba"s + "r") +
      part("Content-Type: text/plain\r\ncontent-transfer-encoding:\r\n binary\r\n", "a\0=\r\nb\nc"s));
  CHECK(
      to_eight_bit(message) ==
      mixed(
          part("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", "gr\xC3\xBC\xC3\x9F") +
              part("Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <1@x>\r\n",
                   "Zm9vCmJhcg==\r\n") +
              part("Content-Type: text/plain\r\ncontent-transfer-encoding: quoted-printable\r\n", "a=00=3D\r\nb=0Ac"),
          "8bit"));
}

TEST_CASE("eight bit: a message without binary content comes back as it was") {
  for (const std::string& message :
       {"Subject: x\r\n\r\nHello\r\n"s, "\r\n"s, ""s, "Subject: x\r\n"s, "no header at all \xFF\r\n"s,
        mixed(part("", "plain") + part("Content-Transfer-Encoding: base64\r\n", "Zm9v"), "7bit"),
        "Subject: x\r\n\r\n--b\r\n\r\nno multipart"s}) {
    CAPTURE(message);
    CHECK(to_eight_bit(message) == message);
  }
}

TEST_CASE("eight bit: what is called binary and is lines becomes 8bit, messages inside too") {
  const auto message = [](std::string_view encoding) {
    return "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: " + own(encoding) +
           "\r\n\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: " + own(encoding) +
           "\r\n\r\nHello \xC3\xBC\r\n";
  };
  CHECK(to_eight_bit(message("binary")) == message("8bit"));
}

TEST_CASE("eight bit: a body that is not what it is called, or called nothing") {
  // Encodings are never nested.
  CHECK(to_eight_bit("MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\nZm9v\nYmFy\r\n") ==
        "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\nZm9vYmFy\r\n");
  CHECK(to_eight_bit("MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nf=6Fo\nx\r\n") ==
        "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nfoo=0Ax\r\n");
  CHECK(to_eight_bit("Subject: x\r\n\r\nfoo\nx\r\n") ==
        "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\nSubject: x\r\n\r\nfoo=0Ax\r\n");
  // A text without a last line end could get one on the way.
  CHECK(to_eight_bit("MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nfoo\nbar") ==
        "Content-Transfer-Encoding: base64\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nZm9vCmJhcg==\r\n");
  CHECK(to_eight_bit("MIME-Version: 1.0\r\n\r\n" + std::string(1000, 'x') + "\r\n")->find(std::string(77, 'x')) ==
        std::string::npos);
}

TEST_CASE("eight bit: no encoded line looks like a delimiter") {
  const std::string text = std::string(75, 'x') + "--b--" + std::string(60, 'y') + "\n";
  const std::string message = mixed(part("Content-Transfer-Encoding: binary\r\n", text));
  const auto lines = to_eight_bit(message);
  REQUIRE(lines.has_value());
  const auto index = mime::Message::index(*lines);
  REQUIRE(index.parts().size() == 2);
  CHECK(mime::decode_body(index, mime::PartId(1)) == text);
}

TEST_CASE("eight bit: what cannot be changed, or is no message, is refused") {
  const std::string binary = part("Content-Transfer-Encoding: binary\r\n", "a\nb");
  CHECK(refused("MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n" + binary + "--b--\r\n") ==
        Code::unsupported);
  CHECK(refused("Content-Type: message/partial\r\n\r\na\nb") == Code::unsupported);
  CHECK(refused("Content-Transfer-Encoding: x-deflate\r\n\r\n\0"s) == Code::unsupported);
  CHECK(refused("Subject: \0\r\n\r\n"s) == Code::syntax);
  CHECK(refused("Subject: x\r\rX: y\r\n\r\n") == Code::syntax);
  CHECK(refused("Content-Type: multipart/mixed; boundary=b\r\n\r\na\0\r\n--b\r\n\r\n\r\n--b--\r\n"s) == Code::syntax);
  // Only called binary: the label is the signer's.
  const std::string labelled = "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n" +
                               part("Content-Transfer-Encoding: binary\r\n", "ab") + "--b--\r\n";
  CHECK(to_eight_bit(labelled) == labelled);
}
