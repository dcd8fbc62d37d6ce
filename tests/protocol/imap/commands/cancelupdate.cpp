#include "protocol/imap/commands/cancelupdate.h"

#include <doctest/doctest.h>

#include "protocol/imap/commands/search.h"
#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("CANCELUPDATE ends what its tags name") {
  State state;
  state.selected = std::make_unique<testing::ListedMailbox>();
  state.by_uid = true;
  for (const View tag : {"B01", "B02"}) {
    state.tag = tag;
    testing::dialogue(commands::search::spec, " RETURN (UPDATE) ALL", state);
  }
  CHECK(testing::dialogue(commands::cancelupdate::spec, " \"B01\"", state) == "A OK Done\r\n");
  CHECK_FALSE(state.contexts.has("B01"));
  CHECK(testing::dialogue(commands::cancelupdate::spec, " \"B01\" \"B02\"", state).starts_with("A NO "));
  CHECK(state.contexts.empty());
}

TEST_CASE("CANCELUPDATE takes quoted tags, at least one and not too many") {
  std::string most;
  for (std::size_t i = 0; i < commands::cancelupdate::kMaxTags; ++i) most += " \"a\"";
  Cursor whole(most);
  CHECK(commands::cancelupdate::spec.check(whole));
  for (const std::string& bad : {std::string(), std::string(" B01"), std::string(" \"a\" "), most + " \"a\""}) {
    Cursor c(bad);
    CHECK_MESSAGE(!commands::cancelupdate::spec.check(c), bad);
  }
}
