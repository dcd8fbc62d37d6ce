#include "posthorn/grammar/mime/preview.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/utf8.h"

using namespace posthorn;

namespace {
std::string preview(View text) { return mime::preview(mime::Message::index(text)); }
std::size_t characters(View text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) (void)codec::take_code_point(text);
  return count;
}
std::string repeated(View text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}
}  // namespace

TEST_CASE("preview: one line with single spaces") {
  CHECK(mime::preview_text("Preview text!") == "Preview text!");
  CHECK(mime::preview_text("  Hello\r\n\r\n\tworld,\xC2\xA0\xE2\x80\x8B how\n") == "Hello world, how");
  CHECK(mime::preview_text("") == "");
  CHECK(mime::preview_text("\r\n \r\n") == "");
}

TEST_CASE("preview: quotes, their introductions and signatures go") {
  CHECK(mime::preview_text("On 1 Jan 2026, A <a@b.example> wrote:\n> quoted\n> more\nMy answer\n-- \nName") ==
        "My answer");
  CHECK(mime::preview_text(
            "Hi!\n\nOn Mon, 1 Jan 2026 at 10:00, Somebody\n<somebody@example.org> wrote:\n\n> a\n\nYes.") ==
        "Hi! Yes.");
  CHECK(mime::preview_text("Hi Bob,\nAm 1.1.2026 schrieb A:\n> a\nJa") == "Hi Bob, Ja");
  CHECK(mime::preview_text("a@b.example:\n> a\nyes") == "yes");
  CHECK(mime::preview_text("These are my reasons:\n> a\nyes") == "These are my reasons: yes");
  CHECK(mime::preview_text("one\ntwo\nthree\nfour\nOn 5 May X wrote:\n>q") == "one two three four");
  CHECK(mime::preview_text("one\ntwo\nthree\nfour\nfive") == "one two three four five");
  CHECK(mime::preview_text("Answer\n-----Original Message-----\nFrom: x\n\nold") == "Answer");
  CHECK(mime::preview_text("FYI\n---------- Forwarded message ----------\nFrom: x\nSubject: y\n\nThe news") ==
        "FYI The news");
  CHECK(mime::preview_text("> all\n> quoted") == "");
}

TEST_CASE("preview: URLs and rules go") {
  CHECK(mime::preview_text("See https://example.org/long?x=1 and <http://x.example/>, (www.x.example) now") ==
        "See and now");
  CHECK(mime::preview_text("=====\nNews\n-----\n[cid:logo@x] today") == "News today");
}

TEST_CASE("preview: OpenPGP") {
  CHECK(mime::preview_text(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSigned\n-----BEGIN PGP SIGNATURE-----\n\nx") ==
        "Signed");
  CHECK(mime::preview_text("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----") == "");
}

TEST_CASE("preview: no longer than wanted, never inside a character") {
  CHECK(mime::preview_text(repeated("word ", 100)) ==
        repeated("word ", 39) + "word");  // 199: the 200th would be a space
  CHECK(mime::preview_text(repeated("x", 1000)) == repeated("x", 200));
  CHECK(mime::preview_text(repeated("\xC3\xA4", 1000)) == repeated("\xC3\xA4", 200));
  CHECK(mime::preview_text("abcdef", 0) == "");
  CHECK(mime::preview_text("abcdef", 3) == "abc");
  CHECK(mime::preview_text("abe\xCC\x81x", 3) == "ab");  // e with a combining acute
  CHECK(mime::preview_text("abe\xCC\x81x", 4) == "abe\xCC\x81");
  CHECK(mime::preview_text("a\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7z", 3) == "a");  // a family of joined people
  CHECK(mime::preview_text("ab\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", 3) == "ab");             // a thumb with its skin tone
}

TEST_CASE("preview: of messages") {
  CHECK(preview("\r\nHello") == "Hello");
  CHECK(preview("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
                "quoted-printable\r\n\r\n=E4=20b") == "\xC3\xA4 b");
  CHECK(preview("Content-Type: text/plain; format=flowed\r\n\r\n>one \r\n>two\r\nthree \r\nfour") == "three four");
  CHECK(preview("Content-Type: text/html\r\n\r\n<style>p{}</style><p>Hi <a href=http://x.example/>there</a></p>"
                "<div>On 1 Jan X wrote:</div><blockquote>q</blockquote><p>bye") == "Hi there bye");
  CHECK(preview("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\n"
                "Content-Type: text/html\r\n\r\n<p>html\r\n--b--") == "plain");
  CHECK(preview(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: image/png\r\n\r\n"
            "no\r\n--b\r\n\r\ntwo\r\n--b--") == "one two");
  CHECK(preview("Content-Type: application/pdf\r\n\r\nno") == "");
}

TEST_CASE("preview: encrypted messages have none (RFC 8970 section 3)") {
  CHECK(preview("Content-Type: multipart/encrypted; boundary=b; protocol=\"application/pgp-encrypted\"\r\n\r\n--b\r\n"
                "Content-Type: text/plain\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n"
                "x\r\n--b--") == "");
  CHECK(preview("Content-Type: application/pkcs7-mime\r\n\r\nMIIB") == "");
}

TEST_CASE("preview: cost does not grow with the body") {
  const std::string quoted = "\r\n" + repeated("> quoted\r\n", mime::kPreviewOctets / 10 + 10) + "answer";
  CHECK(preview(quoted) == "");
  CHECK(preview("Content-Type: text/html\r\n\r\n" + repeated("<div>", 100'000) + "x").empty());
  CHECK(characters(preview("\r\n" + repeated("a ", 5'000'000))) == 199);
}
