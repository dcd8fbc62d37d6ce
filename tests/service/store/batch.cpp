#include <doctest/doctest.h>

#include "posthorn/service/store/store.h"

namespace posthorn::store {

TEST_CASE("batch: a value that lists its operations and counts their octets") {
  Batch batch;
  CHECK(batch.empty());
  batch.put("key", "value").erase("k").expect("ab", Revision(3)).keep(BlobId(1)).drop(BlobId(2));
  CHECK(batch.octets() == 3 + 5 + 1 + 2);
  REQUIRE(batch.operations().size() == 5);
  CHECK(batch.operations()[0].kind == Batch::Kind::put);
  CHECK(batch.operations()[2].seen == Revision(3));
  CHECK(batch.operations()[4].blob == BlobId(2));
  const Batch copy = batch;
  CHECK(copy == batch);
  CHECK(batch.put("x", "y") != copy);
}

TEST_CASE("after_prefix: the first key after all keys with the prefix") {
  CHECK(after_prefix("a") == "b");
  CHECK(after_prefix("m/") == "m0");
  CHECK(after_prefix("\x7F") == "\x80");
  CHECK(View("a\xFF\xFF") < View(after_prefix("a")));
}

}  // namespace posthorn::store
