#include "posthorn/bytes/codec/quoted_printable.h"

#include <doctest/doctest.h>

#include "bytes/codec/transfer.h"

using namespace posthorn;

namespace {
std::string qp(View body) { return testing::decoded(codec::Transfer::quoted_printable, body).octets; }
std::string faults(View body) { return testing::decoded(codec::Transfer::quoted_printable, body).faults; }
}  // namespace

// Python's quopri.decodestring() agrees with all that RFC 2045 decides here.
TEST_CASE("quoted-printable: RFC 2045 section 6.7") {
  CHECK(qp("Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.") ==
        "Now's the time for all folk to come to the aid of their country.");
  CHECK(qp("=3D=0C=e4") == "=\x0C\xE4");
  CHECK(qp("line one  \r\nline two\t\r\n") == "line one\r\nline two\r\n");
  CHECK(qp("soft = \t\r\nbreak") == "soft break");
  CHECK(qp("lf=\nonly \nlines") == "lfonly\nlines");
  CHECK(qp("kept=20\r\nkept=09  \r\n") == "kept \r\nkept\t\r\n");
  CHECK(qp("=D0=BF=D1=80=D0=B8=D0=B2=D0=B5=D1=82, =D0=BC=D0=B8=D1=80 and more text behind it") ==
        "\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82, \xD0\xBC\xD0\xB8\xD1\x80 and more text behind it");
}

TEST_CASE("quoted-printable: what is no escape stays") {
  CHECK(qp("a=zb") == "a=zb");
  CHECK(qp("a=4zb") == "a=4zb");
  CHECK(qp("a==41") == "a=A");
  CHECK(qp("a= b") == "a= b");
  CHECK(qp("a=") == "a");
  CHECK(qp("a=4") == "a=4");
  CHECK(qp("a=\rb") == "ab");
  CHECK(qp("=\xE4") == "=\xE4");
}

TEST_CASE("quoted-printable: faults and where they stand") {
  CHECK(faults("plain =3D text\r\nwith=20\r\ntwo =\r\nbreaks\ttab\r\n") == "");
  CHECK(faults("a=4z=zz=4") == "bad_hex@1 bare_equals@4");
  CHECK(faults("abc=") == "bare_equals@3");
  CHECK(faults("abc=  ") == "bare_equals@3 trailing_space@4");
  CHECK(faults("abc=  \r\n") == "trailing_space@4");
  CHECK(faults("abc \t \r\nd \n") == "trailing_space@3");
  CHECK(faults("ok\r\nno\x01\xFF") == "foreign_octet@6");
  CHECK(faults("this line has more than sixteen octets \xE4") == "foreign_octet@39");
  CHECK(faults(std::string(76, 'x') + "\r\n" + std::string(75, 'x') + "=\r\n") == "");
  CHECK(faults("a\r\n" + std::string(77, 'x') + "\r\n") == "long_line@79");
  CHECK(faults("a\n" + std::string(76, 'x') + "=\n") == "long_line@78");
  CHECK(faults(std::string(77, 'x')) == "long_line@76");
}

TEST_CASE("quoted-printable: white space without end is not held") {
  constexpr std::size_t kMost = codec::QuotedPrintableDecoder::kMaxHeld;
  for (const std::size_t count : {kMost - 1, kMost, kMost + 1, 3 * kMost}) {
    const std::string spaces(count, ' ');
    CHECK(qp(spaces + "x") == spaces + "x");
    CHECK(qp("x" + spaces + "\r\n") == (count > kMost ? "x" + spaces + "\r\n" : "x\r\n"));
    CHECK(qp("=" + spaces + "\r\n") == (count > kMost ? "=" + spaces + "\r\n" : ""));
    CHECK(qp("x" + spaces) == (count > kMost ? "x" + spaces : "x"));
  }
}
