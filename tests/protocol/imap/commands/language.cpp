#include "protocol/imap/commands/language.h"

#include <doctest/doctest.h>

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {
std::string said(View arguments) {
  State state;
  return testing::dialogue(commands::language::spec, arguments, state);
}
}  // namespace

TEST_CASE("LANGUAGE lists what there is and takes the first that is there (RFC 5255 section 3.2)") {
  CHECK(said("") == "* LANGUAGE (I-DEFAULT EN)\r\nA OK Done\r\n");
  CHECK(said(" EN") == "* LANGUAGE (EN)\r\nA OK English it is\r\n");
  CHECK(said(" FR en-GB") == "* LANGUAGE (EN)\r\nA OK English it is\r\n");
  CHECK(said(" FR \"default\"") == "* LANGUAGE (I-DEFAULT)\r\nA OK English it is\r\n");
  CHECK(said(" FR") == "A NO Not in this language\r\n");
  CHECK(said(" engl") == "A NO Not in this language\r\n");
}

TEST_CASE("LANGUAGE takes what its grammar says and nothing else") {
  std::string most;
  for (std::size_t i = 0; i < commands::language::kMaxRanges; ++i) most += " a";
  Cursor whole(most);
  CHECK(commands::language::spec.check(whole));
  for (const std::string& bad : {std::string(" "), std::string(" EN "), std::string(" (EN)"), most + " a"}) {
    Cursor c(bad);
    CHECK_MESSAGE(!commands::language::spec.check(c), bad);
  }
}
