#include "protocol/imap/special_use.h"

#include <doctest/doctest.h>

using namespace posthorn;
using imap::SpecialUse;

TEST_CASE("words of RFC 6154 go both ways") {
  for (SpecialUse use : {SpecialUse::archive, SpecialUse::drafts, SpecialUse::flagged, SpecialUse::junk,
                         SpecialUse::sent, SpecialUse::trash, SpecialUse::all}) {
    CHECK(imap::special_use(imap::word_of(use).substr(1)) == use);
  }
  CHECK(imap::special_use("sent") == SpecialUse::sent);
  CHECK(imap::special_use("Bogus") == SpecialUse::none);
  CHECK(imap::word_of(SpecialUse::none) == "");
}
