#include "service/directory/credentials.h"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/protocol/sasl/scram_keys.h"

#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace posthorn::directory::testing;

TEST_CASE("credentials set both forms of a password") {
  posthorn::testing::SeededRandom random(1);
  Credentials credentials(random, cheap());
  rows::MailboxRow row;
  REQUIRE(credentials.set(row, secret("pw")));
  CHECK(credentials.verify(&row, "", secret("pw")));
  CHECK(!credentials.verify(&row, "", secret("no")));
  REQUIRE(row.scram);
  CHECK(row.scram->salt.size() == 16);
  CHECK(row.scram->stored_key == sasl::make_scram_keys(secret("pw"), row.scram->salt, 4096).stored_key);
  CHECK(!credentials.is_outdated(row.password));
}

TEST_CASE("no password verifies without a row") {
  posthorn::testing::SeededRandom random(1);
  Credentials credentials(random, cheap());
  const auto decoy = credentials.make_decoy();
  REQUIRE(decoy);
  CHECK(!credentials.verify(nullptr, *decoy, secret("pw")));
  rows::MailboxRow row;
  REQUIRE(credentials.set(row, secret("pw")));
  CHECK(!credentials.verify(nullptr, row.password, secret("pw")));
}

TEST_CASE("fewer iterations than a client accepts are not stored") {
  posthorn::testing::SeededRandom random(1);
  Options options = cheap();
  options.scram_iterations = 1;
  Credentials credentials(random, options);
  rows::MailboxRow row;
  REQUIRE(credentials.set(row, secret("pw")));
  CHECK(row.scram->iterations == 4096);
}

TEST_CASE("many threads get their turn") {
  posthorn::testing::SeededRandom random(1);
  Options options = cheap();
  options.parallel_hashings = 0;  // taken as one
  Credentials credentials(random, options);
  rows::MailboxRow row;
  REQUIRE(credentials.set(row, secret("pw")));
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) right += credentials.verify(&row, "", secret("pw")) ? 1 : 0;
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(right == 160);
}
