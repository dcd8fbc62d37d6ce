#include "posthorn/service/store/backends.h"

#include <doctest/doctest.h>

#include "service/store/conformance.h"
#include "service/store/scratch.h"

namespace posthorn::store {

TEST_CASE("backends: every one passes the conformance suite") {
  for (const Backend& backend : backends()) {
    const std::string name = own(backend.name);
    CAPTURE(name);
    std::unique_ptr<Scratch> scratch;
    conformance::Engine engine;
    const auto again = [&] {
      Result<std::unique_ptr<Store>> store = backend.open(scratch->path("store"));
      REQUIRE_MESSAGE(store, store.error().note);
      return std::move(*store);
    };
    engine.fresh = [&] {
      scratch = std::make_unique<Scratch>();
      return again();
    };
    if (backend.survives) engine.again = again;
    conformance::run(engine);
  }
}

TEST_CASE("backends: found by name") {
  CHECK(find_backend("sqlite") == &backends().front());
  CHECK(find_backend("memory") != nullptr);
  CHECK(find_backend("SQLite") == nullptr);
  CHECK(find_backend("") == nullptr);
}

}  // namespace posthorn::store
