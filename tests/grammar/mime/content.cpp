#include "posthorn/grammar/mime/content.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/utf8.h"

using namespace posthorn;

namespace {
std::string text_of(View message) { return mime::decode_text(mime::Message::index(message), mime::PartId(0)); }
std::string body_of(View message) { return mime::decode_body(mime::Message::index(message), mime::PartId(0)); }
std::string read_in(View text, std::size_t octets) {
  const auto message = mime::Message::index(text);
  mime::BodyReader reader(message, mime::PartId(0), octets);
  std::string out;
  for (View piece = reader.next(); !piece.empty(); piece = reader.next()) out += piece;
  CHECK(reader.next().empty());
  return out;
}
}  // namespace

TEST_CASE("content: the transfer encoding is undone") {
  CHECK(body_of("\r\nplain =41\r\n") == "plain =41\r\n");
  CHECK(body_of("Content-Transfer-Encoding: BASE64 \r\n\r\nSGVsbG8g\r\nd29ybGQ=\r\n") == "Hello world");
  CHECK(body_of("Content-Transfer-Encoding: quoted-printable\r\n\r\na=20=3D=\r\nb\r\n") == "a =b\r\n");
  CHECK(body_of("Content-Transfer-Encoding: x-strange\r\n\r\n=41\r\n") == "=41\r\n");
  CHECK(body_of("").empty());
}

TEST_CASE("content: a multipart is never encoded (RFC 2045 section 6.4)") {
  constexpr View kText =
      "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\n--b\r\n\r\nSGVsbG8=\r\n--b--";
  CHECK(body_of(kText) == "--b\r\n\r\nSGVsbG8=\r\n--b--");
  const auto message = mime::Message::index(kText);
  CHECK(mime::decoded_size(message, mime::PartId(0)) == 22);
}

TEST_CASE("content: nothing is copied where nothing is encoded") {
  constexpr View kText = "Content-Type: text/plain; charset=utf-8\r\n\r\n\xC3\xA4";
  const auto message = mime::Message::index(kText);
  std::string room = "old";
  CHECK(mime::decode_body(message, mime::PartId(0), room).data() == kText.data() + kText.size() - 2);
  CHECK(mime::decode_text(message, mime::PartId(0), room).data() == kText.data() + kText.size() - 2);
  CHECK(room.empty());
}

TEST_CASE("content: the charset of the header counts") {
  // Expected values: Python's bytes.decode() with the codec of the same name.
  CHECK(text_of("Content-Type: text/plain; charset=iso-8859-15\r\n\r\n\xA4") == "\xE2\x82\xAC");
  CHECK(text_of("Content-Type: text/plain; charset=\"KOI8-R\"\r\n\r\n\xF0\xF2") == "\xD0\x9F\xD0\xA0");
  CHECK(text_of("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1B$B$\"\x1B(B") == "\xE3\x81\x82");
  CHECK(text_of("Content-Type: text/plain; charset=Shift_JIS\r\nContent-Transfer-Encoding: base64\r\n\r\ngqA=\r\n") ==
        "\xE3\x81\x82");
  CHECK(text_of("Content-Type: text/plain; charset=utf-8\r\n\r\na\xFFz") == "a\xEF\xBF\xBDz");
  CHECK(text_of("Content-Type: text/plain; charset=latin1; charset=utf-8\r\n\r\n\xE4") == "\xC3\xA4");
}

TEST_CASE("content: no charset is us-ascii, read leniently") {
  CHECK(text_of("\r\nabc") == "abc");
  CHECK(text_of("Content-Type: text/plain; charset=\r\n\r\nabc") == "abc");
  CHECK(text_of("Content-Type: text/plain\r\n\r\n\xC3\xA4") == "\xC3\xA4");
  CHECK(text_of("Content-Type: text/plain\r\n\r\n\xE4") == "\xEF\xBF\xBD");
  CHECK(text_of("Content-Type: text/plain; charset=no-such-charset\r\n\r\nabc") == "abc");
}

TEST_CASE("content: HTML says its charset itself where the header does not") {
  const auto charset = [](View text) { return mime::charset_of(mime::Message::index(text), mime::PartId(0)); };
  CHECK(charset("Content-Type: text/html\r\n\r\n<META CharSet = 'windows-1251'>") == "windows-1251");
  CHECK(charset("Content-Type: text/html\r\n\r\n<meta http-equiv=Content-Type "
                "content=\"text/html; charset=koi8-r\">") == "koi8-r");
  CHECK(charset("Content-Type: text/html; charset=utf-8\r\n\r\n<meta charset=koi8-r>") == "utf-8");
  CHECK(charset("Content-Type: text/plain\r\n\r\n<meta charset=koi8-r>") == "us-ascii");
  CHECK(charset("Content-Type: text/html\r\n\r\n<!-- <meta charset=koi8-r> --><meta charset=latin1>") == "latin1");
  CHECK(charset("Content-Type: text/html\r\n\r\n<meta charset=utf-16>") == "utf-8");
  CHECK(charset("Content-Type: text/html\r\n\r\n\xEF\xBB\xBF<meta charset=latin1>") == "utf-8");
  CHECK(charset("Content-Type: text/html\r\n\r\n<meta charset") == "us-ascii");
  CHECK(charset("Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                "PG1ldGEgY2hhcnNldD1rb2k4LXI+\r\n") == "koi8-r");
  CHECK(charset("Content-Type: text/html\r\n\r\n" + std::string(mime::kMetaOctets, ' ') + "<meta charset=koi8-r>") ==
        "us-ascii");
  CHECK(text_of("Content-Type: text/html\r\n\r\n<meta charset=windows-1251>\xC4\xE0") ==
        "<meta charset=windows-1251>\xD0\x94\xD0\xB0");
}

TEST_CASE("content: reading in pieces gives the same octets") {
  for (const View text :
       {View("\r\nsome plain\r\ntext"), View("Content-Transfer-Encoding: base64\r\n\r\nSGVs\r\nbG8gd29ybGQ="),
        View("Content-Transfer-Encoding: quoted-printable\r\n\r\na=20  =\r\nb=C3=A4  \r\nc=")}) {
    const std::string whole = body_of(text);
    for (const std::size_t octets : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
      CHECK(read_in(text, octets) == whole);
    }
    CHECK(mime::decoded_size(mime::Message::index(text), mime::PartId(0)) == whole.size());
  }
}

TEST_CASE("content: the beginning of a text") {
  const auto head = [](View text, std::size_t octets) {
    return mime::decode_head(mime::Message::index(text), mime::PartId(0), octets);
  };
  CHECK(head("\r\nabcdef", 3) == "abc");
  CHECK(head("\r\nabcdef", 100) == "abcdef");
  CHECK(head("Content-Type: text/plain; charset=utf-8\r\n\r\nab\xC3\xA4z", 3) == "ab");
  CHECK(head("Content-Type: text/plain; charset=utf-8\r\n\r\nab\xC3", 3) == "ab\xEF\xBF\xBD");
  CHECK(head("Content-Type: text/plain; charset=utf-8\r\n\r\n\xFF\xC3\xA4z", 2) == "\xEF\xBF\xBD");
  CHECK(head("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1B$BF|K\\", 6) == "\xE6\x97\xA5");
  CHECK(head("Content-Transfer-Encoding: quoted-printable\r\n\r\n=61=62=63=64", 3).starts_with("abc"));
}

TEST_CASE("content: text in pieces is the whole text") {
  const auto read = [](View text, std::size_t octets, const mime::TextFaults& faults) {
    const auto message = mime::Message::index(text);
    mime::TextReader reader(message, mime::PartId(0), octets);
    std::string out;
    for (View piece = reader.next(); !piece.empty(); piece = reader.next()) {
      CHECK(codec::is_utf8(piece));
      out += piece;
    }
    CHECK(reader.next().empty());
    CHECK(reader.faults() == faults);
    return out;
  };
  for (const View text : {View("Content-Type: text/plain; "
                               "charset=utf-8\r\n\r\na\xC3\xA4\xE2\x82\xAC\xF0\x9F\x91\x8D\xF0\x9F\xFFz\xE2\x82"),
                          View("Content-Type: text/plain; charset=iso-8859-15\r\n\r\n\xA4\xE4 b"),
                          View("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1B$B$\"$$\x1B(B x"),
                          View("Content-Type: text/plain; charset=shift_jis\r\nContent-Transfer-Encoding: "
                               "quoted-printable\r\n\r\n=93=FA=96{=8C=EA=X=81<"),
                          View("Content-Type: text/plain; charset=unknown\r\n\r\n\xC3\xA4\xE4"), View("\r\n")}) {
    const auto message = mime::Message::index(text);
    mime::TextFaults faults;
    const std::string whole = mime::decode_text(message, mime::PartId(0), faults);
    CHECK(whole == text_of(text));
    for (const std::size_t octets : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{1000}}) {
      CHECK(read(text, octets, faults) == whole);
    }
  }
}

TEST_CASE("content: what was wrong with a text is told") {
  const auto faults_of = [](View text) {
    mime::TextFaults faults{.transfer = {}, .charset = {true, 9, 9}};  // which goes
    (void)mime::decode_text(mime::Message::index(text), mime::PartId(0), faults);
    return faults;
  };
  CHECK(faults_of("Content-Type: text/plain; charset=koi8-r\r\n\r\nabc").empty());
  CHECK(faults_of("Content-Type: text/plain; charset=koi8-r\r\n\r\n\xC1").empty());
  CHECK(faults_of("\r\nabc \xC3\xA4").empty());
  CHECK(faults_of("\r\nab\xE4 \xFC").charset == codec::CharsetFaults{false, 2, 2});
  CHECK(faults_of("Content-Type: text/plain; charset=x-none\r\n\r\nabc").charset == codec::CharsetFaults{true, 0, 0});
  const mime::TextFaults both =
      faults_of("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nYeTi!gqw=\r\n");
  CHECK(both.transfer.first(codec::Fault::foreign_octet) == 4);
  CHECK(both.charset == codec::CharsetFaults{false, 1, 1});
}

TEST_CASE("content: uuencode") {
  // Python: binascii.b2a_uu(b"Cat")
  CHECK(body_of("Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n") == "Cat");
}
