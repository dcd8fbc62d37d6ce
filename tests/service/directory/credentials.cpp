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
  const auto made = credentials.set(row, secret("pw"), false);
  REQUIRE(made);
  CHECK(!made->scram);
  CHECK(credentials.verify(&row, "", secret("pw"))->matches);
  CHECK(credentials.verify(&row, "", secret("pw"))->key.reveal() == made->password.slot_key.reveal());
  CHECK(!credentials.verify(&row, "", secret("no"))->matches);
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
  CHECK(!credentials.verify(nullptr, *decoy, secret("pw"))->matches);
  rows::MailboxRow row;
  REQUIRE(credentials.set(row, secret("pw"), false));
  const auto match = credentials.verify(nullptr, row.password, secret("pw"));
  CHECK(!match->matches);
  CHECK(match->key.empty());
}

TEST_CASE("fewer iterations than a client accepts are not stored") {
  posthorn::testing::SeededRandom random(1);
  Options options = cheap();
  options.scram_iterations = 1;
  Credentials credentials(random, options);
  rows::MailboxRow row;
  REQUIRE(credentials.set(row, secret("pw"), false));
  CHECK(row.scram->iterations == 4096);
}

TEST_CASE("many threads get their turn") {
  posthorn::testing::SeededRandom random(1);
  Options options = cheap();
  options.parallel_hashings = 0;  // taken as one
  Credentials credentials(random, options);
  rows::MailboxRow row;
  REQUIRE(credentials.set(row, secret("pw"), false));
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) right += credentials.verify(&row, "", secret("pw"))->matches ? 1 : 0;
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(right == 160);
}

TEST_CASE("a sealed mailbox keeps SCRAM keys only where they may open it, and then dear ones") {
  posthorn::testing::SeededRandom random(1);
  rows::MailboxRow row;
  Credentials closed(random, cheap());
  CHECK(closed.keeps_scram(false));
  CHECK(!closed.keeps_scram(true));
  REQUIRE(closed.set(row, secret("pw"), true));
  CHECK(!row.scram);
  Options options = cheap();
  options.scram_opens_sealed = true;
  Credentials open(random, options);
  const auto made = open.set(row, secret("pw"), true);
  REQUIRE(made);
  REQUIRE(made->scram);
  REQUIRE(row.scram);
  CHECK(row.scram->iterations == 600'000);
  // The ClientKey of a login, which the server learns, is what opens.
  const auto keys = sasl::make_scram_keys_and_client_key(secret("pw"), row.scram->salt, row.scram->iterations);
  CHECK(open.match(made->scram->method, secret("pw"))->matches == false);
  const auto match = crypto::match_password(made->scram->method, keys.client_key);
  REQUIRE(match);
  CHECK(match->matches);
  CHECK(match->key.reveal() == made->scram->slot_key.reveal());
}

TEST_CASE("a token is read however people type it") {
  posthorn::testing::SeededRandom random(2);
  Credentials credentials(random, cheap());
  const Credentials::Token token = credentials.make_token(vault::SlotKind::recovery, "");
  const std::string text = own(token.text.reveal());
  CHECK(text.size() == 39);
  const auto read = Credentials::read_token(token.text);
  REQUIRE(read);
  CHECK(crypto::match_password(token.wrapping.method, *read)->matches);
  std::string capitals;
  for (const char c : text) capitals += c == '-' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  CHECK(Credentials::read_token(Secret(View(capitals)))->reveal() == read->reveal());
  CHECK(!Credentials::read_token(secret("password")));
  CHECK(!Credentials::read_token(Secret(View(text + "x"))));
  CHECK(!Credentials::read_token(Secret(View(text).substr(1))));
  CHECK(!Credentials::read_token(Secret(std::string(32, 'u'))));
}
