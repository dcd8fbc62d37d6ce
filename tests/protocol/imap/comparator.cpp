#include "posthorn/protocol/imap/comparator.h"

#include <doctest/doctest.h>

using namespace posthorn;
using imap::Comparator;

TEST_CASE("comparators take away what they do not look at") {
  CHECK(imap::collated(Comparator::unicode_casemap,
                       "Stra\xC3\x9F"
                       "e \xC3\x84PFEL") ==
        "stra\xC3\x9F"
        "e \xC3\xA4pfel");
  CHECK(imap::collated(Comparator::ascii_casemap, "\xC3\x84PFEL") == "\xC3\x84pfel");
  CHECK(imap::collated(Comparator::octet, "\xC3\x84PFEL") == "\xC3\x84PFEL");
}

TEST_CASE("names as registered with IANA") {
  CHECK(imap::name_of(Comparator::unicode_casemap) == "i;unicode-casemap");
  CHECK(imap::name_of(Comparator::ascii_casemap) == "i;ascii-casemap");
  CHECK(imap::name_of(Comparator::octet) == "i;octet");
}
