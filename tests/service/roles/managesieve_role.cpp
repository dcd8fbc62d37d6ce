#include "posthorn/service/roles/managesieve_role.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/protocol/managesieve/client_session.h"
#include "posthorn/service/scripts/stored_scripts.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/faulty_store.h"
#include "posthorn/testing/splits.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Driver;

namespace {

managesieve::Verdict judge(View octets) {
  managesieve::Verdict verdict;
  if (octets.starts_with("bad")) verdict.errors.push_back({1, 1, "bad"});
  return verdict;
}

/// Scripts on a store in memory that fails when told to.
struct House : roles::testing::Site {
  std::unique_ptr<store::Store> memory = store::make_memory_store();
  posthorn::testing::FaultyStore faulty{*memory};
  ManageSieveOptions options{
      .extensions = "fileinto", .max_redirects = 4, .notify = "mailto", .open = [this](directory::AccountId account) {
        return map(scripts::StoredScripts::open(faulty, account, judge),
                   [](auto opened) { return std::unique_ptr<managesieve::Scripts>(std::move(opened)); });
      }};

  std::string active(View address) {
    auto scripts = scripts::StoredScripts::open(*memory, directory.accounts[own(address)].id, judge);
    REQUIRE(scripts.has_value());
    const auto found = (*scripts)->active();
    REQUIRE(found.has_value());
    return *found ? (*found)->name + ":" + (*found)->octets : std::string();
  }
};

struct Run {
  std::unique_ptr<Conversation> role;
  Driver drive;
  explicit Run(House& house, Tls tls = Tls::implicit)
      : role(make_managesieve_role(
            house.services, {.host_name = "sieve.example.org", .remote = "192.0.2.1", .tls = tls}, house.options)),
        drive{*role, house.clock} {
    if (tls == Tls::implicit) role->upgraded({"TLSv1.3", "TLS_AES_128_GCM_SHA256", "", "", ""});
  }
  std::string operator()(View octets) { return drive(octets); }
};

std::string login(View user = "ann@example.org", View password = "secret") {
  const std::string response = std::string(1, '\0') + own(user) + std::string(1, '\0') + own(password);
  return "AUTHENTICATE \"PLAIN\" \"" + codec::base64_encode(response) + "\"\r\n";
}

bool has(const std::string& text, View part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("scripts are stored for the account that is logged in") {
  House house;
  house.directory.verifier.add("bob@example.org", "other");
  Run run(house);
  const std::string greeting = run("");
  CHECK(has(greeting, "\"SASL\" \"SCRAM-SHA-256 PLAIN"));
  CHECK(has(greeting, "\"SIEVE\" \"fileinto\"\r\n\"MAXREDIRECTS\" \"4\"\r\n\"NOTIFY\" \"mailto\"\r\n"));
  CHECK(has(run(login()), "OK \"Logged in\"\r\n"));
  CHECK(has(run("CAPABILITY\r\n"), "\"OWNER\" \"ann@example.org\"\r\n"));
  CHECK(has(run("PUTSCRIPT \"a\" {5+}\r\nkeep;\r\nPUTSCRIPT \"a\" \"bad\"\r\nSETACTIVE \"a\"\r\n"),
            "NO \"line 1, column 1: bad\""));
  CHECK(house.active("ann@example.org") == "a:keep;");
  CHECK(has(run("UNAUTHENTICATE\r\n" + login("bob@example.org", "other") + "LISTSCRIPTS\r\nGETSCRIPT \"a\"\r\n"),
            "OK \"Logged in\"\r\nOK \"These are all\"\r\nNO (NONEXISTENT) "));
  CHECK(house.active("bob@example.org") == "");
  CHECK(has(run("LOGOUT\r\n"), "OK"));
  CHECK(run.drive.closed);
  CHECK(house.observer.counts[journal::Happening::login_ok] == 2);
}

TEST_CASE("a wrong password is held back, longer each time, and counted") {
  House house;
  Run run(house);
  CHECK(has(run(login("ann@example.org", "wrong")), "NO \"Login failed\"\r\n"));
  const Duration first = run.drive.paused;
  CHECK(first >= std::chrono::milliseconds(500));
  CHECK(has(run(login("ann@example.org", "wrong")), "NO \"Login failed\"\r\n"));
  CHECK(run.drive.paused - first > first);
  CHECK(has(run(login()), "OK \"Logged in\"\r\n"));
  CHECK(house.observer.counts[journal::Happening::login_failed] == 2);
}

TEST_CASE("without TLS there is nothing but STARTTLS") {
  House house;
  Run run(house, Tls::starttls);
  CHECK(has(run(""), "\"SASL\" \"\"\r\n"));
  CHECK(has(run(login()), "NO (ENCRYPT-NEEDED) "));
  CHECK(run("STARTTLS\r\n" + login()) == "OK \"Begin TLS\"\r\n");
  CHECK(run.drive.wants_upgrade);
  run.role->upgraded({"TLSv1.3", "", "", std::string(32, 'x'), ""});
  CHECK(has(run(""), "\"SASL\" \"SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN"));
  CHECK(has(run(login()), "OK \"Logged in\"\r\n"));
}

TEST_CASE("SCRAM's last data come with the answer") {
  House house;
  Run run(house);
  posthorn::testing::SeededRandom random(5);
  managesieve::ClientSession client(house.clock.now());
  REQUIRE(client
              .authenticate(*sasl::find_mechanism("SCRAM-SHA-256"),
                            {.login = "ann@example.org", .password = Secret(View("secret")), .random = &random})
              .has_value());
  client.receive(run(""));
  std::string heard;
  for (int i = 0; i < 100; ++i) {
    const auto event = client.next(house.clock.now());
    if (const auto* answer = std::get_if<managesieve::Heard>(&event)) heard += own(answer->code) + ";";
    if (std::holds_alternative<Violation>(event)) heard += std::get<Violation>(event).note;
    if (!std::holds_alternative<NeedInput>(event)) continue;
    const std::string said(client.transmit());
    client.transmitted(said.size());
    if (said.empty()) break;
    client.receive(run(said));
  }
  CHECK(heard == ";SASL;");
}

TEST_CASE("every operation of the store fails once: nothing is said to be done that is not") {
  std::uint64_t clean = 0;
  for (std::uint64_t n = 1; n < 100 && clean == 0; ++n) {
    CAPTURE(n);
    House house;
    house.faulty.fail_at(n, environment_error(Code::unavailable));
    Run run(house);
    run("");
    const std::string said = run(login() + "PUTSCRIPT \"a\" \"keep;\"\r\nSETACTIVE \"a\"\r\n");
    const bool failed = house.faulty.failed();
    if (!failed) clean = n;
    CHECK(has(said, "(TRYLATER)") == failed);
    CHECK((house.active("ann@example.org") == "a:keep;") == has(said, "\"The script is active\""));
    CHECK((has(said, "\"The script is active\"") || failed));
  }
  CHECK(clean > 3);
}

TEST_CASE("a dialogue is the same for every split") {
  const std::string different = posthorn::testing::for_every_split(
      login() + "PUTSCRIPT \"a\" {5+}\r\nkeep;\r\nSETACTIVE \"a\"\r\nUNAUTHENTICATE\r\nNOOP \"x\"\r\nLOGOUT\r\n",
      [](auto&& feed) {
        House house;
        Run run(house);
        std::string said = run.drive.pump();
        feed([&](View piece) { said += run(piece); });
        return said + house.active("ann@example.org");
      });
  CHECK(different == "");
}

TEST_CASE("nobody writes scripts without a name, also where a mailbox is open to all") {
  House house;
  house.services.anonymous = "ann@example.org";
  Run run(house);
  CHECK_FALSE(has(run(""), "ANONYMOUS"));
  CHECK(has(run("AUTHENTICATE \"ANONYMOUS\" \"" + codec::base64_encode("me") + "\"\r\n"), "NO"));
  CHECK_FALSE(has(run("LISTSCRIPTS\r\n"), "OK"));
}
