#include "posthorn/service/store/memory.h"

#include <doctest/doctest.h>

namespace posthorn::store {

TEST_CASE("memory store: a watch is called before commit returns") {
  const std::unique_ptr<Store> store = make_memory_store();
  int calls = 0;
  const std::unique_ptr<Watch> watch = store->watch(AccountId(1), [&] { ++calls; });
  REQUIRE((*store->open(AccountId(1)))->commit(Batch().put("a", "1")));
  CHECK(calls == 1);
}

}  // namespace posthorn::store
