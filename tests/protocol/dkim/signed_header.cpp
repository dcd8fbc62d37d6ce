#include "posthorn/protocol/dkim/signed_header.h"

#include <doctest/doctest.h>

namespace posthorn::dkim {
namespace {

std::string selected(View header, std::vector<std::string> names, Canonicalization how = Canonicalization::relaxed) {
  std::string out;
  SignedHeader(header).append(names, how, out);
  return out;
}

// RFC 6376 section 5.4.2.
TEST_CASE("fields are taken from the bottom") {
  const View header = "A: 1\r\nb: x\r\nA: 2\r\na: 3\r\nAb: y\r\n\r\n";
  CHECK(SignedHeader(header).count("A") == 3);
  CHECK(SignedHeader(header).count("B") == 1);
  CHECK(SignedHeader(header).count("c") == 0);
  CHECK(selected(header, {"a"}) == "a:3\r\n");
  CHECK(selected(header, {"a", "B", "A", "a", "a", "a"}) == "a:3\r\nb:x\r\na:2\r\na:1\r\n");
  CHECK(selected(header, {"aa", "ab", "c", "ab", ""}) == "ab:y\r\n");
  CHECK(selected("", {"a"}).empty());
}

TEST_CASE("simple keeps every octet, folding too") {
  const View header = "Subject : a \r\n  b\r\nFrom:x";
  CHECK(selected(header, {"from", "subject"}, Canonicalization::simple) == "From:x\r\nSubject : a \r\n  b\r\n");
}

TEST_CASE("the field of the signature is signed without its value") {
  const std::string field = "DKIM-Signature: v=1; b= ab\r\n c ; h=from\r\n";
  const View raw = View(field).substr(field.find("b=") + 2, 8);
  REQUIRE(raw == " ab\r\n c ");
  std::string out;
  append_signature_field(Canonicalization::simple, field, raw, out);
  CHECK(out == "DKIM-Signature: v=1; b=; h=from");
  out.clear();
  append_signature_field(Canonicalization::relaxed, field, raw, out);
  CHECK(out == "dkim-signature:v=1; b=; h=from");
}

}  // namespace
}  // namespace posthorn::dkim
