#include "posthorn/bytes/codec/decoder.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/testing/splits.h"

using namespace posthorn;
using codec::Transfer;

namespace {
std::string checked(Transfer transfer, View body) {
  const auto run = [&](auto feed) {
    codec::Decoder decoder(transfer);
    std::string out;
    feed([&](View piece) { decoder.decode(piece, out); });
    decoder.finish(out);
    return out;
  };
  CHECK(testing::for_every_split(body, run) == "");
  CHECK(codec::decode(transfer, body) == run([&](auto&& sink) { sink(body); }));
  return codec::decode(transfer, body);
}
std::string qp(View body) { return checked(Transfer::quoted_printable, body); }
std::string b64(View body) { return checked(Transfer::base64, body); }
}  // namespace

TEST_CASE("quoted-printable: RFC 2045 section 6.7") {
  CHECK(qp("Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.") ==
        "Now's the time for all folk to come to the aid of their country.");
  CHECK(qp("=3D=0C=e4") == "=\x0C\xE4");
  CHECK(qp("line one  \r\nline two\t\r\n") == "line one\r\nline two\r\n");
  CHECK(qp("soft = \t\r\nbreak") == "soft break");
  CHECK(qp("lf=\nonly \nlines") == "lfonly\nlines");
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

TEST_CASE("base64: bodies with line ends, junk and padding in the middle") {
  CHECK(b64("Zm9v\r\nYmFy\r\n") == "foobar");
  CHECK(b64("Zm9vYg==\r\n") == "foob");
  CHECK(b64("Zm9vYg==Zm9v") == "foobfoo");
  CHECK(b64("Z!m*9 v-") == "foo");
  CHECK(b64("Zm9vYg") == "foob");
  CHECK(b64("Z") == "");
  CHECK(b64("") == "");
}

TEST_CASE("decoder: white space without end is not held") {
  const std::string spaces(5000, ' ');
  CHECK(codec::decode(Transfer::quoted_printable, spaces + "x") == spaces + "x");
  CHECK(codec::decode(Transfer::identity, spaces) == spaces);
}
