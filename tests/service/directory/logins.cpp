#include "service/directory/logins.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <time.h>

#include "posthorn/protocol/sasl/scram_keys.h"
#include "posthorn/testing/faulty_store.h"

#include "protocol/sasl/converse.h"
#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace posthorn::directory::testing;

namespace {
double seconds_of_this_thread() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}
}  // namespace

TEST_CASE("a login needs its password and acts as itself only") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org", "pass word");
  f.mailbox("bob@example.org", "other");
  f.alias("info@example.org", {"ann@example.org"});
  Directory& d = *f.directory;
  CHECK(*d.check_password("", "ann@example.org", secret("pass word")) == "ann@example.org");
  CHECK(*d.check_password("", "ANN@Example.org", secret("pass word")) == "ann@example.org");
  CHECK(*d.check_password("ANN@example.org", "ann@example.org", secret("pass word")) == "ann@example.org");
  CHECK(*d.check_password("", "ann@example.org", secret("pass\xC2\xA0word")) == "ann@example.org");  // prepared
  CHECK(word(d.check_password("bob@example.org", "ann@example.org", secret("pass word"))) == "denied");
  CHECK(word(d.check_password("", "ann@example.org", secret("other"))) == "denied");
  CHECK(word(d.check_password("", "ann@example.org", secret(""))) == "denied");
  CHECK(word(d.check_password("", "ann@example.org", secret("pass word\n"))) == "denied");
  CHECK(word(d.check_password("", "info@example.org", secret("pass word"))) == "denied");
  CHECK(word(d.check_password("", "ann+x@example.org", secret("pass word"))) == "denied");
  CHECK(word(d.check_password("", "ann", secret("pass word"))) == "denied");
  CHECK(word(d.check_password("", "", secret(""))) == "denied");
}

TEST_CASE("who is recognised by others acts as itself only, and opens nothing") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org", "pw");
  f.mailbox("bob@example.org", "pw");
  Directory& d = *f.directory;
  CHECK(d.recognise("", "ANN@example.org")->login == "ann@example.org");
  CHECK(d.recognise("ann@Example.org", "ann@example.org")->login == "ann@example.org");
  CHECK(!d.recognise("", "ann@example.org")->locked);
  CHECK(word(d.recognise("bob@example.org", "ann@example.org")) == "denied");
  CHECK(word(d.recognise("", "eve@example.org")) == "denied");
  CHECK(word(d.recognise("", "")) == "denied");
  REQUIRE(d.sealing().set_sealed("ann@example.org", true));
  const auto sealed = d.recognise("", "ann@example.org");
  CHECK(sealed->locked);
  CHECK(sealed->keys == nullptr);
  REQUIRE(d.set_active("ann@example.org", false));
  CHECK(word(d.recognise("", "ann@example.org")) == "denied");
}

TEST_CASE("what is switched off does not log in") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org", "pw");
  REQUIRE(f.directory->set_active("ann@example.org", false));
  CHECK(word(f.directory->check_password("", "ann@example.org", secret("pw"))) == "denied");
  CHECK(word(f.directory->authorize("", "ann@example.org", Secret())) == "denied");
}

TEST_CASE("an address of an alias domain logs in as what it stands for") {
  Fixture f;
  f.domain("example.org");
  f.domain("example.net", "example.org");
  f.mailbox("ann@example.org", "pw");
  CHECK(*f.directory->check_password("", "ann@example.net", secret("pw")) == "ann@example.org");
  CHECK(*f.directory->check_password("ann@example.org", "ann@example.net", secret("pw")) == "ann@example.org");
  CHECK(word(f.directory->check_password("", "bob@example.net", secret("pw"))) == "denied");
}

TEST_CASE("SCRAM works with the keys of the directory") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org", "pencil");
  const auto run = [&](const std::string& login, View password) {
    const auto* row = sasl::find_mechanism("SCRAM-SHA-256");
    const auto server = row->serve({f.directory.get(), &f.random, {}, false});
    const auto client = row->use({{}, login, Secret(password), &f.random, {}});
    return sasl::converse(*server, *client, true);
  };
  CHECK(run("ann@example.org", "pencil").login == "ann@example.org");
  CHECK(run("ann@example.org", "pencil").server_verified);
  CHECK(run("Ann@Example.ORG", "pencil").login == "ann@example.org");
  CHECK(run("ann@example.org", "wrong").refused->code == Code::denied);
  CHECK(run("bob@example.org", "pencil").refused == run("ann@example.org", "wrong").refused);
}

TEST_CASE("unknown logins have keys that look real and stay the same") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org", "pencil");
  const auto ann = f.directory->scram_keys("ann@example.org");
  const auto bob = f.directory->scram_keys("bob@example.org");
  REQUIRE(ann);
  REQUIRE(bob);
  CHECK(ann->salt.size() == bob->salt.size());
  CHECK(ann->iterations == bob->iterations);
  CHECK(ann->stored_key.size() == bob->stored_key.size());
  const auto again = open(*f.store, f.random);
  CHECK(again->scram_keys("BOB@example.org")->salt == bob->salt);
  CHECK(again->scram_keys("eve@example.org")->salt != bob->salt);
  CHECK(again->scram_keys("nonsense"));
  // Another directory has another secret.
  Fixture g;
  posthorn::testing::SeededRandom random(8);
  const auto store = store::make_memory_store();
  CHECK(open(*store, random)->scram_keys("bob@example.org")->salt != bob->salt);
}

TEST_CASE("without SCRAM every login looks unknown to it") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org", "pencil");
  const auto real = f.directory->scram_keys("ann@example.org")->salt;
  Options options = cheap();
  options.scram = false;
  const auto without = open(*f.store, f.random, options);
  CHECK(without->scram_keys("ann@example.org")->salt != real);
  REQUIRE(without->add_mailbox("bob@example.org", secret("x")));
  CHECK(*without->check_password("", "bob@example.org", secret("x")) == "bob@example.org");
}

TEST_CASE("a store that does not answer is not a wrong password") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org", "pw");
  posthorn::testing::FaultyStore faulty(*f.store);
  const auto d = open(faulty, f.random);
  for (std::uint64_t nth = 1; nth <= 2; ++nth) {
    faulty.fail_at(nth, environment_error(Code::corrupt, "on purpose"));
    CHECK(word(d->check_password("", "ann@example.org", secret("pw"))) == "unavailable");
    faulty.fail_at(nth, environment_error(Code::corrupt, "on purpose"));
    CHECK(word(d->scram_keys("ann@example.org")) == "unavailable");
    faulty.fail_at(nth, environment_error(Code::corrupt, "on purpose"));
    CHECK(word(d->authorize("", "ann@example.org", Secret())) == "unavailable");
  }
}

TEST_CASE("a login brings its hash to today's cost") {
  Fixture f;
  f.domain("example.org");
  f.mailbox("ann@example.org", "pw");
  Options dearer = cheap();
  dearer.argon2_operations = 2;
  const auto d = open(*f.store, f.random, dearer);
  const auto hash = [&] { return (*(*f.store->open(store::kDirectoryAccount))->get("m:example.org@ann"))->value; };
  CHECK(hash().find("t=1,") != std::string::npos);
  CHECK(word(d->check_password("", "ann@example.org", secret("wrong"))) == "denied");
  CHECK(hash().find("t=1,") != std::string::npos);
  CHECK(word(d->check_password("", "ann@example.org", secret("pw"))) == "ok");
  CHECK(hash().find("t=2,") != std::string::npos);
  CHECK(word(d->check_password("", "ann@example.org", secret("pw"))) == "ok");
}

TEST_CASE("an unknown login costs as much as a wrong password") {
  Fixture f;
  Options options = cheap();
  options.argon2_octets = 8U << 20U;
  const auto d = open(*f.store, f.random, options);
  REQUIRE(d->add_domain({.name = "example.org"}));
  REQUIRE(d->add_mailbox("ann@example.org", secret("pw")));
  // Processor time: other programs on the machine do not count. Without the decoy it would be a thousandth.
  const auto fastest = [&](View login) {
    double best = 1e9;
    for (int i = 0; i < 7; ++i) {
      const double start = seconds_of_this_thread();
      (void)d->check_password("", login, secret("wrong"));
      best = std::min(best, seconds_of_this_thread() - start);
    }
    return best;
  };
  const double known = fastest("ann@example.org");
  for (const View login : {"bob@example.org", "ann@elsewhere.example", "nonsense"}) {
    CHECK(fastest(login) > known / 4);
    CHECK(fastest(login) < known * 4);
  }
}
