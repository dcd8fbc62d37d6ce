#include "service/store/sqlite_files.h"

#include <atomic>
#include <cerrno>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "service/store/scratch.h"

namespace posthorn::store::sqlite {

TEST_CASE("files: modes keep others out") {
  const Scratch scratch;
  REQUIRE(make_directory(scratch.path("d")));
  REQUIRE(make_directory(scratch.path("d")));
  REQUIRE(make_file(scratch.path("d/f")));
  struct stat status = {};
  REQUIRE(stat(scratch.path("d").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0700);
  REQUIRE(stat(scratch.path("d/f").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600);
  CHECK(make_directory(scratch.path("absent/d")).error().code == Code::unavailable);
}

TEST_CASE("files: the layout comes back; a newer format and damage are refused") {
  const Scratch scratch;
  const std::string directory = scratch.path("d");
  REQUIRE(make_directory(directory));
  CHECK(read_layout(directory)->shards == 0);
  REQUIRE(write_layout(directory, {8, 4096}));
  CHECK(*read_layout(directory) == Layout{8, 4096});
  std::ofstream(directory + "/format") << "posthorn store 2\nanything\n";
  CHECK(read_layout(directory).error().code == Code::unsupported);
  for (const char* damaged : {"", "posthorn", "posthorn store x\n", "posthorn store 1\nshards 0\nchunk 65536\n",
                              "posthorn store 1\nshards 4\n", "posthorn store 1\nshards 4\nchunk 0\n"}) {
    std::ofstream(directory + "/format") << damaged;
    CHECK(read_layout(directory).error().code == Code::corrupt);
  }
}

TEST_CASE("files: a lock keeps other descriptors out, also in one process") {
  const Scratch scratch;
  const auto one = File::open(scratch.path("lock"));
  const auto two = File::open(scratch.path("lock"));
  REQUIRE(one);
  REQUIRE(two);
  auto held = Lock::take(*one, 5);
  REQUIRE(held);
  CHECK(Lock::is_held(*two, 5));
  CHECK(!Lock::is_held(*two, 6));
  CHECK(!Lock::is_held(*one, 5));  // by somebody else
  std::atomic<bool> entered = false;
  std::thread other([&] {
    const auto waited = Lock::take(*two, 5);
    entered = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK(!entered);
  held->release();
  other.join();
  CHECK(entered);
  CHECK(!Lock::is_held(*one, 5));
}

TEST_CASE("files: errors of the system") {
  CHECK(system_error(ENOSPC, "x").code == Code::no_space);
  CHECK(system_error(EDQUOT, "x").code == Code::no_space);
  CHECK(system_error(EFBIG, "x").code == Code::no_space);
  CHECK(system_error(EACCES, "x").code == Code::unavailable);
}

}  // namespace posthorn::store::sqlite
