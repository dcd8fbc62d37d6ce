#include "service/store/sqlite_readers.h"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "service/store/shard_file.h"

namespace posthorn::store::sqlite {

TEST_CASE("readers: connections are lent, reused and limited") {
  const ShardFile file;
  Readers readers(file.path, 2);
  Connection* first = nullptr;
  {
    const auto lease = readers.take();
    REQUIRE(lease);
    first = &**lease;
  }
  auto one = std::make_unique<Result<Readers::Lease>>(readers.take());
  CHECK(&***one == first);
  const auto two = readers.take();
  REQUIRE(two);
  std::atomic<bool> lent = false;
  std::thread third([&] {
    const auto lease = readers.take();
    lent = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK(!lent);
  one.reset();
  third.join();
  CHECK(lent);
}

TEST_CASE("readers: a failure to open leaves the place free") {
  const Scratch scratch;
  Readers readers(scratch.path("absent.db"), 1);
  CHECK(readers.take().error().code == Code::unavailable);
  CHECK(readers.take().error().code == Code::unavailable);
}

}  // namespace posthorn::store::sqlite
