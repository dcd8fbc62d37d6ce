#include "posthorn/bytes/codec/fold.h"

#include <doctest/doctest.h>

using posthorn::codec::fold_case;

// Pairs from Unicode's CaseFolding.txt, status C and S.
TEST_CASE("case goes, everything else stays") {
  CHECK(fold_case("Hello, WORLD 123 [\\]^") == "hello, world 123 [\\]^");
  CHECK(fold_case("ÄÖÜ ÀÞ ×÷ß") == "äöü àþ ×÷ß");
  CHECK(fold_case("ĀĘŁŽŸŐ") == "āęłžÿő");
  CHECK(fold_case("ΑΒΓΣς Ω") == "αβγσσ ω");
  CHECK(fold_case("ЀЁАЯѠ") == "ѐёаяѡ");
  CHECK(fold_case("ẞẀỲ 日本") == "ẞẁỳ 日本");
  CHECK(fold_case("İ") == "İ");  // has no simple folding
}

TEST_CASE("octets that are not UTF-8 are replaced") { CHECK(fold_case("a\xFF") == "a\xEF\xBF\xBD"); }
