#include "service/directory/changes.h"

#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;

TEST_CASE("a change is built again until nobody was faster, and gives up on what does not pass") {
  const auto store = store::make_memory_store();
  const auto rows = std::move(*store->open(store::kDirectoryAccount));
  const auto others = std::move(*store->open(store::kDirectoryAccount));
  Cache cache(*store, *rows);
  Changes changes(*rows, cache);
  int built = 0;
  const auto raise = [&](int lost_races) {
    built = 0;
    return changes.change([&]() -> Result<store::Batch> {
      const auto now = rows->get("x");
      if (!now) return fail(now.error());
      if (++built <= lost_races) REQUIRE(others->commit(store::Batch().put("x", std::to_string(built))));
      store::Batch batch;
      batch.expect("x", *now ? std::optional((*now)->written) : std::nullopt).put("x", "mine");
      return batch;
    });
  };
  CHECK(raise(0));
  CHECK(built == 1);
  CHECK(raise(3));
  CHECK(built == 4);
  CHECK((*rows->get("x"))->value == "mine");
  CHECK(raise(1000).error().code == Code::unavailable);
  const auto failed = changes.change([]() -> Result<store::Batch> { return fail(caller_error(Code::exists)); });
  CHECK(failed.error().code == Code::exists);
  CHECK(changes.change([]() -> Result<store::Batch> { return store::Batch(); }));
}
