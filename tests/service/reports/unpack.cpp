#include "posthorn/service/reports/unpack.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/gzip.h"
#include "posthorn/bytes/codec/hex.h"

using namespace posthorn;
using reports::unpack;

namespace {

// Written by zipfile of Python: a folder and the files r.xml and x.xml, stored.
constexpr View kStored =
    "504b03041400000000000000215c00000000000000000000000002000000642f504b03041400000000000000215c84b70a3b0b0000000b0000"
    "00"
    "05000000722e786d6c3c666565646261636b2f3e504b03041400000000000000215cc548bf7b080000000800000005000000782e786d6c3c6f"
    "74"
    "6865722f3e504b010214031400000000000000215c000000000000000000000000020000000000000000000000800100000000642f504b0102"
    "14"
    "031400000000000000215c84b70a3b0b0000000b000000050000000000000000000000800120000000722e786d6c504b010214031400000000"
    "00"
    "0000215cc548bf7b080000000800000005000000000000000000000080014e000000782e786d6c504b05060000000003000300960000007900"
    "00"
    "000000";
// The same: 2,000 times "a" in r.xml, deflated.
constexpr View kDeflated =
    "504b03041400000008000000215c393e13a811000000d007000005000000722e786d6c4b4c1c05a360148c8251300a46c1500700504b010214"
    "03"
    "1400000008000000215c393e13a811000000d0070000050000000000000000000000800100000000722e786d6c504b05060000000001000100"
    "33"
    "000000340000000000";

}  // namespace

TEST_CASE("archives") {
  CHECK(unpack(*codec::hex_decode(kStored)) == "<feedback/>");
  CHECK(unpack(*codec::hex_decode(kDeflated), 2000) == std::string(2000, 'a'));
  CHECK(unpack(*codec::hex_decode(kDeflated), 1999).error().code == Code::too_long);
}

TEST_CASE("gzip and plain octets") {
  CHECK(unpack(codec::gzip("<feedback/>")) == "<feedback/>");
  CHECK(unpack(codec::gzip("<feedback/>"), 5).error().code == Code::too_long);
  CHECK(unpack("<feedback/>") == "<feedback/>");
  CHECK(unpack("<feedback/>", 5).error().code == Code::too_long);
}

TEST_CASE("broken archives") {
  const std::string whole = *codec::hex_decode(kDeflated);
  for (std::size_t cut = 4; cut < whole.size(); ++cut) {
    const auto text = unpack(View(whole).substr(0, cut));
    CHECK(!text == (cut < whole.size() - 4));  // the last octets are zero, and minizip reads zeros behind the end
    if (text) CHECK(*text == std::string(2000, 'a'));
  }
  std::string wrong = whole;
  wrong[16] ^= 1;  // the checksum before the file: minizip goes by that of the directory
  static_cast<void>(unpack(wrong));
  wrong = whole;
  wrong[whole.size() - 22 - 51 + 16] ^= 1;
  CHECK(!unpack(wrong));
  wrong = whole;
  wrong[whole.size() - 22 - 51 + 8] |= 1;  // encrypted
  CHECK(!unpack(wrong));
  CHECK(!unpack("PK\x03\x04"));
}
