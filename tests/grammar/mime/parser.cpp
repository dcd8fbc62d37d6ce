#include "posthorn/grammar/mime/parser.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

#include "mime_transcript.h"

using namespace posthorn;
using testing::transcript;

namespace {
std::string parse(View message, const mime::Limits& limits = {}) {
  const auto run = [&](auto feed) {
    testing::Recorder recorder;
    mime::Parser parser(recorder, limits);
    feed([&](View piece) { parser.feed(piece); });
    parser.finish();
    return transcript(recorder);
  };
  CHECK(testing::for_every_split(message, run) == "");
  return run([&](auto&& sink) { sink(message); });
}
}  // namespace

TEST_CASE("mime: a plain message") {
  CHECK(parse("Subject: a\r\n folded\r\nTo: b\r\n\r\nline 1\r\nline 2\r\n") ==
        "0 text/plain 0:30:46 lines 2\n"
        "  Subject| a\r\n folded|\n"
        "  To| b|\n"
        "  [line 1\r\nline 2\r\n]\n");
  CHECK(parse("") == "0 text/plain 0:0:0 lines 0\n");
  CHECK(parse("\r\n") == "0 text/plain 0:2:2 lines 0\n");
  CHECK(parse("\r\nx") == "0 text/plain 0:2:3 lines 0\n  [x]\n");
  CHECK(parse("A: b") == "0 text/plain 0:4:4 lines 0\n  A| b|\n");
}

TEST_CASE("mime: RFC 2046 section 5.1.1: the line end before a delimiter belongs to it") {
  const View message =
      "Content-Type: multipart/mixed; boundary=\"simple boundary\"\r\n\r\n"
      "preamble\r\n--simple boundary\r\n\r\nimplicitly typed\r\n--simple boundary\r\n"
      "Content-type: text/HTML; charset=us-ascii\r\n\r\ndoes end with a linebreak.\r\n\r\n--simple "
      "boundary--\r\nepilogue\r\n";
  CHECK(parse(message) ==
        "0 multipart/mixed 0:61:235 lines 11\n"
        "  Content-Type| multipart/mixed; boundary=\"simple boundary\"|\n"
        "  before [preamble]\n"
        "  after [epilogue\r\n]\n"
        " 1 text/plain 90:92:108 lines 0\n"
        "   [implicitly typed]\n"
        " 2 text/html 129:174:202 lines 1\n"
        "   Content-type| text/HTML; charset=us-ascii|\n"
        "   [does end with a linebreak.\r\n]\n");
}

TEST_CASE("mime: nested multiparts, a boundary that begins with another, and an inner part that is never closed") {
  const View message =
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=bb\n\n"
      "--bb\n\none\n--bb\n\ntwo\n--bbb\nstill two\n--b\n\nthree\n--b-- \n";
  CHECK(parse(message) ==
        "0 multipart/mixed 0:43:151 lines 15\n"
        "  Content-Type| multipart/mixed; boundary=b|\n"
        " 1 multipart/alternative 47:97:132 lines 7\n"
        "   Content-Type| multipart/alternative; boundary=bb|\n"
        "  2 text/plain 102:103:106 lines 0\n"
        "    [one]\n"
        "  3 text/plain 112:113:132 lines 2\n"
        "    [two\n--bbb\nstill two]\n"
        " 4 text/plain 137:138:143 lines 0\n"
        "   [three]\n"
        "defects boundary_unterminated\n");
}

TEST_CASE("mime: of two open multiparts that a line could belong to, the inner one has it") {
  const View message =
      "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=\"x--\"\n\n"
      "--x--\n\none\n--x----\n--x\n\ntwo\n--x--\n--x\n";
  CHECK(parse(message) ==
        "0 multipart/mixed 0:43:132 lines 12\n  Content-Type| multipart/mixed; boundary=x|\n  after [--x\n]\n"
        " 1 multipart/mixed 47:94:112 lines 3\n   Content-Type| multipart/mixed; boundary=\"x--\"|\n"
        "  2 text/plain 100:101:104 lines 0\n    [one]\n"
        " 3 text/plain 117:118:121 lines 0\n   [two]\n");
}

TEST_CASE("mime: white space at the end of a boundary, and of its lines, does not count") {
  CHECK(parse("Content-Type: multipart/mixed; boundary=\"a \t\"\r\n\r\n--a\t \r\n\r\nx\r\n--a--\t\r\n") ==
        "0 multipart/mixed 0:49:69 lines 4\n  Content-Type| multipart/mixed; boundary=\"a \t\"|\n"
        " 1 text/plain 56:58:59 lines 0\n   [x]\ndefects bad_boundary\n");
}

TEST_CASE("mime: a line that is too long to be a delimiter, and a CR at its end") {
  const std::string line(1100, '-');
  CHECK(parse("\r\n" + line + "\r") == "0 text/plain 0:2:1103 lines 0\n  [" + line + "\r]\n");
  CHECK(parse("\r\n" + line + "\r\nx") == "0 text/plain 0:2:1105 lines 1\n  [" + line + "\r\nx]\n");
}

TEST_CASE("mime: message/rfc822 and the default type in a digest") {
  const View message =
      "Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\nSubject: inner\r\n\r\nbody\r\n--x\r\n"
      "Content-Type: text/plain\r\n\r\nplain\r\n--x--\r\n";
  CHECK(parse(message) ==
        "0 multipart/digest 0:46:124 lines 10\n"
        "  Content-Type| multipart/digest; boundary=x|\n"
        " 1 message/rfc822 51:53:75 lines 2\n"
        "  2 text/plain 53:71:75 lines 0\n"
        "    Subject| inner|\n"
        "    [body]\n"
        " 3 text/plain 82:110:115 lines 0\n"
        "   Content-Type| text/plain|\n"
        "   [plain]\n");
}

TEST_CASE("mime: what is wrong is reported and read all the same") {
  CHECK(parse("Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\na\r\n") ==
        "0 multipart/mixed 0:33:43 lines 3\n  Content-Type| multipart/mixed|\n  [--x\r\n\r\na\r\n]\ndefects "
        "boundary_missing\n");
  CHECK(parse("Content-Type: nonsense\r\nContent-Type: text/html\r\n\r\n") ==
        "0 text/plain 0:51:51 lines 0\n  Content-Type| nonsense|\n  Content-Type| text/html|\ndefects bad_content_type "
        "duplicate_field\n");
  CHECK(parse("From me\r\nno colon\r\nA : b\r\n: c\r\n\r\n") ==
        "0 text/plain 0:33:33 lines 0\n  A| b|\ndefects mbox_from_line header_without_colon space_before_colon\n");
  CHECK(parse("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nA: b\r\n--x--\r\n") ==
        "0 multipart/mixed 0:45:63 lines 3\n  Content-Type| multipart/mixed; boundary=x|\n"
        " 1 text/plain 50:56:56 lines 0\n   A| b|\n");
}

TEST_CASE("mime: each kind of defect once in each part, with the place where it is") {
  struct Places final : mime::Visitor {
    std::string seen;
    void defect(mime::Defect d, mime::Offset at) override {
      seen += std::string(mime::name_of(d)) + "@" + std::to_string(at) + " ";
      CHECK(mime::describe(d).size() > 20);
    }
  };
  const auto defects = [](View message, const mime::Limits& limits = {}) {
    Places places;
    mime::Parser parser(places, limits);
    parser.feed(message);
    parser.finish();
    return places.seen;
  };
  CHECK(defects("A: b\r\nX: a\rb\r\n\r\n") == "bare_cr@6 ");
  CHECK(defects("\r\na\r\nb\nc\r\nd\n") == "bare_line_end@7 ");
  CHECK(defects(View("A: b\r\nX: a\0b\r\nY: \0\r\n\r\n", 22)) == "nul_octet@6 ");
  CHECK(defects("A: b\r\nX: \xC3\xA4\r\n\r\n") == "eight_bit_header@6 ");
  CHECK(defects("Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n") ==
        "duplicate_boundary@0 ");
  CHECK(defects("Content-Type: multipart/mixed; boundary=\"a~\"\r\n\r\n--a~\r\n\r\nx\r\n--a~--\r\n") ==
        "bad_boundary@0 ");
  CHECK(defects("Content-Type: multipart/mixed; boundary=a\r\nContent-Transfer-Encoding: base64\r\n\r\n--a\r\n"
                "\r\nx\r\n--a--\r\n") == "encoded_composite@0 ");
  CHECK(defects("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
                "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n--a--\r\n") ==
        "boundary_repeated@50 ");
  const View twice =
      "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nX : a\r\nY : a\r\n\r\nx\r\n--a\r\nX : "
      "a\r\n\r\n--a--\r\n";
  CHECK(defects(twice) == "space_before_colon@50 space_before_colon@74 ");
  mime::Limits limits;
  limits.max_defects = 1;
  CHECK(defects(twice, limits) == "space_before_colon@50 ");
}

TEST_CASE("mime: a part without a body that ends where its parent ends") {
  CHECK(parse("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; "
              "boundary=y\n\n--y\n\n--x--\n") ==
        "0 multipart/mixed 0:43:101 lines 6\n  Content-Type| multipart/mixed; boundary=x|\n"
        " 1 multipart/mixed 47:90:95 lines 2\n   Content-Type| multipart/mixed; boundary=y|\n"
        "  2 text/plain 94:95:95 lines 0\ndefects boundary_unterminated\n");
}

TEST_CASE("mime: limits keep what is over them as opaque text") {
  std::string deep;
  for (int i = 0; i < 10; ++i) deep += "Content-Type: message/rfc822\r\n\r\n";
  mime::Limits limits;
  limits.max_depth = 3;
  testing::Recorder recorder;
  mime::Parser parser(recorder, limits);
  parser.feed(deep);
  parser.finish();
  CHECK(recorder.parts.size() == 3);

  std::string wide = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";
  for (int i = 0; i < 100; ++i) wide += "--x\r\n\r\na\r\n";
  limits = {};
  limits.max_parts = 10;
  testing::Recorder other;
  mime::Parser second(other, limits);
  second.feed(wide);
  second.finish();
  CHECK(other.parts.size() == 10);

  limits = {};
  limits.max_field_octets = 20;
  limits.max_fields = 3;
  CHECK(parse("Long: 0123456789012345678901234567890123456789\r\n more\r\nA: b\r\nC: d\r\nE: f\r\n\r\n" +
                  std::string(3000, 'x') + "\r\n--\r\n",
              limits)
            .starts_with("0 text/plain 0:75:3081 lines 2\n  Long| 01234567890123|\n  A| b|\n  C| d|\n"));
}
