#include "posthorn/bytes/codec/uuencode.h"

#include <doctest/doctest.h>

#include "bytes/codec/transfer.h"

using namespace posthorn;

namespace {
std::string uu(View body) { return testing::decoded(codec::Transfer::uuencode, body).octets; }
std::string faults(View body) { return testing::decoded(codec::Transfer::uuencode, body).faults; }
}  // namespace

// The encoded lines are what Python's binascii.b2a_uu() wrote.
TEST_CASE("uuencode: between begin and end") {
  CHECK(uu("begin 644 cat.txt\n#0V%T\n`\nend\n") == "Cat");
  CHECK(uu("begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n") == "Cat");
  CHECK(uu("text before\r\n\r\nbegin 0755 a b\r\n'9F]O8F%R(0  \r\n \r\nend\r\ntext behind\r\n") == "foobar!");
  CHECK(uu("begin 644 x\n$    _P  \n`\nend") == std::string("\0\0\0\xFF", 4));
  std::string octets;
  for (char c = 0; c < 45; ++c) octets.push_back(c);
  CHECK(uu("begin 644 x\nM  $\" P0%!@<(\"0H+# T.#Q 1$A,4%187&!D:&QP='A\\@(2(C)\"4F)R@I*BLL\n`\nend\n") == octets);
}

TEST_CASE("uuencode: what is broken gives what is there") {
  CHECK(uu("") == "");
  CHECK(uu("#0V%T\n") == "");
  CHECK(uu("begin 644\n#0V%T") == "Cat");
  CHECK(uu("begin 644 x\n'9F]O8F\n#0V%T\nend\n") == "foobCat");
  CHECK(uu("begin 644 x\n#0V%Tjunk\nend\nbegin 644 y\n#0V%T\nend\n") == "Cat");
  CHECK(uu("beginning\nbegin x\nbegin 8\n#0V%T\nend\n") == "");
  CHECK(uu("begin 6\n#0V%T\nendive\n#0V%T\nend  \n#0V%T\n") == "CatCat");
}

TEST_CASE("uuencode: faults and where they stand") {
  CHECK(faults("text\nbegin 644 x\n#0V%T\n`\nend\ntext") == "");
  CHECK(faults("#0V%T\n") == "no_begin@6");
  CHECK(faults("begin 644 x\n#0V%T\n`\n") == "no_end@20");
  CHECK(faults("begin 644 x\n#0V%T\n`\nend") == "");
  CHECK(faults("begin 644 x\n#0V~T\nend\n") == "foreign_octet@15");
  CHECK(faults("begin 644 x\n#0V%T\nxyz\nend\n") == "foreign_octet@18");
  CHECK(faults("begin 644 x\n'9F]O8F\nend\n") == "cut_group@19");
  CHECK(faults("begin 644 x\n'9F]") == "cut_group@16 no_end@16");
}
