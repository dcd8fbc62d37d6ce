#include "posthorn/bytes/codec/encoder.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

using namespace posthorn;

namespace {
template <class Encoder>
std::string encoded(View body) {
  const auto run = [](auto feed) {
    Encoder encoder;
    std::string out;
    feed([&](View piece) { encoder.encode(piece, out); });
    encoder.finish(out);
    return out;
  };
  CHECK(testing::for_every_split(body, run) == "");
  return run([&](auto&& sink) { sink(body); });
}

std::string qp(View body) { return encoded<codec::QuotedPrintableEncoder>(body); }
std::string base64(View body) { return encoded<codec::Base64Encoder>(body); }

std::string repeat(View text, std::size_t count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

std::string all_octets() {
  std::string out;
  for (int c = 0; c < 256; ++c) out += static_cast<char>(c);
  return out;
}

std::size_t longest_line(View text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\r\n"), text.size());
    longest = std::max(longest, end);
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return longest;
}
}  // namespace

// The expected octets are what Python's base64.encodebytes() and quopri.encodestring() give, with CRLF.
TEST_CASE("encoder: base64 in lines") {
  CHECK(base64("").empty());
  CHECK(base64("Ma") == "TWE=\r\n");
  CHECK(base64(std::string(57, 'a')) == repeat("YWFh", 19) + "\r\n");
  CHECK(base64(std::string(58, 'a')) == repeat("YWFh", 19) + "\r\nYQ==\r\n");
  CHECK(base64(std::string(171, 'a')) == repeat(repeat("YWFh", 19) + "\r\n", 3));
  const std::string octets = repeat(all_octets(), 3);
  CHECK(codec::decode(codec::Transfer::base64, base64(octets)) == octets);
  CHECK(longest_line(base64(octets)) == 76);
}

TEST_CASE("encoder: quoted-printable (RFC 2045 section 6.7)") {
  CHECK(qp("").empty());
  CHECK(qp("caf\xC3\xA9 = caf\xC3\xA9\r\n") == "caf=C3=A9 =3D caf=C3=A9\r\n");
  CHECK(qp("two \r\ntabs\t\r\n \r\n") == "two=20\r\ntabs=09\r\n=20\r\n");
  CHECK(qp("end ") == "end=20");
  CHECK(qp("a\rb\nc\r") == "a=0Db=0Ac=0D");
  CHECK(qp(View("\0\x7F\x80\xFF", 4)) == "=00=7F=80=FF");
}

TEST_CASE("encoder: lines of quoted-printable have at most 76 octets") {
  CHECK(qp(std::string(76, 'x') + "\r\n") == std::string(76, 'x') + "\r\n");
  CHECK(qp(std::string(77, 'x') + "\r\n") == std::string(75, 'x') + "=\r\nxx\r\n");
  CHECK(qp(std::string(74, 'x') + "\xE4\r\n") == std::string(74, 'x') + "=\r\n=E4\r\n");
  CHECK(qp(std::string(73, 'x') + "\xE4\r\n") == std::string(73, 'x') + "=E4\r\n");
  CHECK(qp(std::string(72, 'x') + "\xE4y\r\n") == std::string(72, 'x') + "=E4y\r\n");
  CHECK(qp(std::string(73, 'x') + "\xE4y\r\n") == std::string(73, 'x') + "=\r\n=E4y\r\n");
  CHECK(qp(std::string(76, 'x')) == std::string(76, 'x'));
  CHECK(longest_line(qp(repeat(all_octets(), 5) + std::string(1000, 'z'))) == 76);
}

TEST_CASE("encoder: no line of quoted-printable begins with \"From \"") {
  CHECK(qp("From here\r\nFrom\r\nFromage \r\nxFrom a\r\nFrom\t") ==
        "From=20here\r\nFrom\r\nFromage=20\r\nxFrom a\r\nFrom=09");
  CHECK(qp(std::string(75, 'x') + "From there") == std::string(75, 'x') + "=\r\nFrom=20there");
}

TEST_CASE("encoder: what is encoded decodes to itself") {
  const std::string octets = repeat(all_octets(), 2) + "\r\nFrom a \r\n\r\r\n\n " + std::string(200, '.');
  CHECK(codec::decode(codec::Transfer::quoted_printable, qp(octets)) == octets);
  CHECK(codec::encode(codec::Transfer::quoted_printable, octets) == qp(octets));
  CHECK(codec::encode(codec::Transfer::base64, octets) == base64(octets));
  CHECK(codec::encode(codec::Transfer::identity, octets) == octets);
}
