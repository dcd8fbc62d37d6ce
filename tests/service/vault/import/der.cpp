#include "service/vault/import/der.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::vault;

TEST_CASE("values are taken by their tag, in order") {
  const std::string text("\x02\x01\x05\x04\x02xy", 7);
  View rest(text);
  CHECK_FALSE(der::take(rest, der::kOctetString));
  CHECK(rest.size() == 7);
  CHECK(der::take(rest, der::kInteger) == View("\x05"));
  CHECK(der::take(rest, der::kOctetString) == View("xy"));
  CHECK_FALSE(der::take(rest, der::kOctetString));
  CHECK(rest.empty());
}

TEST_CASE("long forms of lengths read back, and only the shortest ones (X.690 section 10.1)") {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65'535U}) {
    CAPTURE(size);
    const std::string text = der::put(der::kOctetString, std::string(size, 'x')) + "rest";
    View rest(text);
    const auto value = der::take(rest, der::kOctetString);
    REQUIRE(value.has_value());
    CHECK(value->size() == size);
    CHECK(rest == "rest");
  }
  for (const View bad : {View("\x04\x80", 2), View("\x04\x81\x01x", 4), View("\x04\x82\x00\x80", 4),
                         View("\x04\x83\x00\x00\x01x", 6), View("\x04\x84\x00\x00\x00\x01x", 7), View("\x04\xFF", 2)}) {
    View rest(bad);
    CHECK_FALSE(der::take(rest, der::kOctetString));
  }
}

TEST_CASE("a value that ends early is none") {
  const std::string text = der::put(der::kSequence, std::string(300, 'x'));
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    View rest = View(text).substr(0, cut);
    CHECK_FALSE(der::take(rest, der::kSequence));
  }
}

TEST_CASE("OIDs as text") {
  CHECK(der::oid_text("\x2A\x86\x48\xCE\x3D\x03\x01\x07") == "1.2.840.10045.3.1.7");
  CHECK(der::oid_text("\x60\x86\x48\x01\x65\x03\x04\x01\x2E") == "2.16.840.1.101.3.4.1.46");
  CHECK(der::oid_text("\x88\x37\x03") == "2.999.3");  // the example of X.690 section 8.19.5
  CHECK(der::oid_text(View("\x00", 1)) == "0.0");
  CHECK(der::oid_text("\x27") == "0.39");
  CHECK(der::oid_text("\x28") == "1.0");
  for (const View bad : {View(), View("\x2A\x86"), View("\x80")}) CHECK(der::oid_text(bad) == "?");
  CHECK(der::oid_text(std::string(33, '\x01')) == "?");
  CHECK(der::oid_text(std::string(20, '\xFF') + "\x01") == "?");
}

TEST_CASE("numbers are positive and fit") {
  CHECK(der::number(View("\x00", 1)) == 0U);
  CHECK(der::number("\x7F") == 127U);
  CHECK(der::number(View("\x00\x80", 2)) == 128U);
  CHECK(der::number(View("\x00\xFF\xFF\xFF\xFF", 5)) == 0xFFFFFFFFU);
  for (const View bad : {View(), View("\x80"), View("\x01\0\0\0\0", 5), View("\x00\x01\0\0\0\0", 6)}) {
    CHECK_FALSE(der::number(bad));
  }
}
