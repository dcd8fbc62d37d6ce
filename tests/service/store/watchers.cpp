#include "service/store/watchers.h"

#include <doctest/doctest.h>

namespace posthorn::store {

TEST_CASE("watchers: by account, until the watch ends") {
  const auto watchers = std::make_shared<Watchers>();
  int one = 0;
  int two = 0;
  auto first = watchers->add(AccountId(1), [&] { ++one; });
  const auto second = watchers->add(AccountId(2), [&] { ++two; });
  watchers->notify(AccountId(1));
  watchers->notify(AccountId(3));
  CHECK(one == 1);
  CHECK(two == 0);
  watchers->notify([](AccountId) { return true; });
  CHECK(one == 2);
  CHECK(two == 1);
  first.reset();
  watchers->notify(AccountId(1));
  CHECK(one == 2);
}

}  // namespace posthorn::store
