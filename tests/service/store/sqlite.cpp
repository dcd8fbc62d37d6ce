#include "posthorn/service/store/sqlite.h"

#include <doctest/doctest.h>

#include "service/store/conformance.h"
#include "service/store/scratch.h"

namespace posthorn::store {

TEST_CASE("sqlite store: the conformance suite") {
  std::unique_ptr<Scratch> scratch;
  const auto again = [&] {
    Result<std::unique_ptr<Store>> store = open_sqlite_store({.directory = scratch->path("store")});
    REQUIRE_MESSAGE(store, store.error().note);
    return std::move(*store);
  };
  const auto fresh = [&] {
    scratch = std::make_unique<Scratch>();
    return again();
  };
  conformance::run({.fresh = fresh, .again = again});
}

}  // namespace posthorn::store
