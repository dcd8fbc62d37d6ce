#include "protocol/imap/commands/comparator.h"

#include <doctest/doctest.h>

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {
std::string said(State& state, View arguments) {
  return testing::dialogue(commands::comparator::spec, arguments, state);
}
}  // namespace

TEST_CASE("COMPARATOR tells and sets the comparator of the session (RFC 5255 sections 4.7 and 4.8)") {
  State state;
  CHECK(said(state, "") == "* COMPARATOR \"i;unicode-casemap\"\r\nA OK Done\r\n");
  CHECK(said(state, " \"cz;*\" i;octet") == "* COMPARATOR \"i;octet\" (\"i;octet\")\r\nA OK Done\r\n");
  CHECK(state.comparator == Comparator::octet);
  CHECK(said(state, " \"i;*-casemap\"") ==
        "* COMPARATOR \"i;unicode-casemap\" (\"i;unicode-casemap\" \"i;ascii-casemap\")\r\nA OK Done\r\n");
  said(state, " I;ASCII-CASEMAP");
  CHECK(state.comparator == Comparator::ascii_casemap);
  CHECK(said(state, " \"cz;*\" \"i;%\"").starts_with("A NO [BADCOMPARATOR] "));
  CHECK(state.comparator == Comparator::ascii_casemap);
  CHECK(said(state, " default").starts_with("* COMPARATOR \"i;unicode-casemap\""));
}

TEST_CASE("COMPARATOR takes what its grammar says and nothing else") {
  std::string most;
  for (std::size_t i = 0; i < commands::comparator::kMaxOrders; ++i) most += " a";
  Cursor whole(most);
  CHECK(commands::comparator::spec.check(whole));
  for (const std::string& bad : {std::string(" "), std::string(" a "), std::string(" (a)"), most + " a"}) {
    Cursor c(bad);
    CHECK_MESSAGE(!commands::comparator::spec.check(c), bad);
  }
}
