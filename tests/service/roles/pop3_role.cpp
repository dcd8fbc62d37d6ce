#include "posthorn/service/roles/pop3_role.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/faulty_store.h"
#include "posthorn/testing/splits.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Driver;

namespace {

/// Real mailboxes on a store in memory that fails when told to.
struct House : roles::testing::Site {
  std::unique_ptr<store::Store> memory = store::make_memory_store();
  posthorn::testing::FaultyStore faulty{*memory};
  std::unique_ptr<mailbox::Accounts> mail = mailbox::Accounts::make(faulty, clock);
  Services all{directory, guard, *mail, delivery, observer, clock, random};

  std::shared_ptr<mailbox::Account> ann() {
    auto account = mail->open(directory.accounts["ann@example.org"].id, {});
    REQUIRE(account.has_value());
    return *account;
  }
  void deliver(View message) {
    const auto account = ann();
    auto body = account->write_body();
    REQUIRE(body.has_value());
    REQUIRE((*body)->append(message).has_value());
    const auto blob = (*body)->finish();
    REQUIRE(blob.has_value());
    mailbox::NewMessage what{"INBOX", *blob, {}, clock.wall(), true};
    REQUIRE(account->add(what).has_value());
  }
  std::size_t kept() { return ann()->messages("INBOX")->size(); }
};

struct Run {
  std::unique_ptr<Conversation> role;
  Driver drive;
  explicit Run(House& house, Tls tls = Tls::implicit, Pop3Options options = {})
      : role(make_pop3_role(house.all, {.host_name = "pop.example.org", .remote = "192.0.2.1", .tls = tls}, options)),
        drive{*role, house.clock} {
    if (tls == Tls::implicit) role->upgraded({"TLSv1.3", "TLS_AES_128_GCM_SHA256", "", "", ""});
  }
  std::string operator()(View octets) { return drive(octets); }
};

constexpr View kLogin = "USER ann@example.org\r\nPASS secret\r\n";
constexpr View kOne = "Subject: one\r\n\r\nfirst\r\n.dot\r\n";
constexpr View kTwo = "Subject: two\r\n\r\n1\r\n2\r\n";

bool has(const std::string& text, View part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("mail is listed, fetched and removed") {
  House house;
  house.deliver(kOne);
  house.deliver(kTwo);
  Run run(house);
  CHECK(has(run(kLogin), "+OK 2 messages\r\n"));
  CHECK(run("STAT\r\n") == "+OK 2 51\r\n");
  CHECK(run("RETR 1\r\n") == "+OK 29 octets\r\nSubject: one\r\n\r\nfirst\r\n..dot\r\n.\r\n");
  CHECK(has(run("TOP 2 1\r\n"), "Subject: two\r\n\r\n1\r\n.\r\n"));
  CHECK(has(run("DELE 1\r\n"), "+OK"));
  CHECK(house.kept() == 2);
  CHECK(has(run("QUIT\r\n"), "+OK"));
  CHECK(run.drive.closed);
  CHECK(house.kept() == 1);
  CHECK(house.ann()->check([](View problem) { FAIL_CHECK(own(problem)); }).has_value());
  CHECK(house.observer.counts[journal::Happening::login_ok] == 1);
}

TEST_CASE("unique ids are well-formed, stay the same and are not given twice") {
  House house;
  house.deliver(kOne);
  house.deliver(kTwo);
  Run first(house);
  first(kLogin);
  const std::string one = first("UIDL 1\r\n").substr(6);
  const std::string two = first("UIDL 2\r\n").substr(6);
  CHECK(one != two);
  CHECK(one.size() <= 72);
  for (const char c : one.substr(0, one.size() - 2)) CHECK(chars::kVisible[c]);
  first("DELE 1\r\nQUIT\r\n");
  house.deliver(kOne);
  Run second(house);
  second(kLogin);
  CHECK(second("UIDL 1\r\n").substr(6) == two);
  const std::string three = second("UIDL 2\r\n").substr(6);
  CHECK(three != one);
  CHECK(three != two);
}

TEST_CASE("an account that was never written has no messages") {
  House house;
  Run run(house);
  CHECK(has(run(kLogin), "+OK 0 messages\r\n"));
  CHECK(run("LIST\r\nUIDL\r\n") == "+OK 0 messages (0 octets)\r\n.\r\n+OK Unique ids follow\r\n.\r\n");
}

TEST_CASE("the end of a connection, and RSET, remove nothing; RETR leaves flags alone") {
  House house;
  house.deliver(kOne);
  {
    Run run(house);
    run(kLogin);
    run("RETR 1\r\nDELE 1\r\n");
    run.role->receive_end();
    run.drive.pump();
    CHECK(run.drive.closed);
  }
  CHECK(house.kept() == 1);
  CHECK(house.ann()->messages("INBOX")->at(0).flags == imap::Flags{});
  Run run(house);
  run(kLogin);
  run("DELE 1\r\nRSET\r\nQUIT\r\n");
  CHECK(house.kept() == 1);
}

TEST_CASE("two sessions at once: snapshots stay, what is gone is said to be gone") {
  House house;
  house.deliver(kOne);
  house.deliver(kTwo);
  Run a(house);
  Run b(house);
  a(kLogin);
  b(kLogin);
  CHECK(has(a("DELE 1\r\nQUIT\r\n"), "Goodbye"));
  CHECK(b("STAT\r\n") == "+OK 2 51\r\n");
  CHECK(b("RETR 1\r\n") == "-ERR No such message\r\n");
  CHECK(has(b("RETR 2\r\n"), "Subject: two"));
  CHECK(has(b("DELE 1\r\nDELE 2\r\nQUIT\r\n"), "Goodbye"));
  CHECK(house.kept() == 0);
}

TEST_CASE("a wrong password is held back, longer each time, and counted") {
  House house;
  Run run(house);
  CHECK(has(run("USER ann@example.org\r\nPASS wrong\r\n"), "-ERR [AUTH] Login failed\r\n"));
  const Duration first = run.drive.paused;
  CHECK(first >= std::chrono::milliseconds(500));
  CHECK(has(run("USER ann@example.org\r\nPASS wrong\r\n"), "-ERR [AUTH] Login failed\r\n"));
  CHECK(run.drive.paused - first > first);
  CHECK(has(run(kLogin), "+OK 0 messages"));
  CHECK(house.observer.counts[journal::Happening::login_failed] == 2);
}

TEST_CASE("SASL logs in, with the last data of SCRAM as a challenge") {
  House house;
  house.deliver(kOne);
  Run run(house);
  CHECK(has(run("CAPA\r\n"), "SASL SCRAM-SHA-256 PLAIN"));
  CHECK(has(run("AUTH PLAIN " + codec::base64_encode(View("\0ann@example.org\0secret", 23)) + "\r\n"),
            "+OK 1 messages\r\n"));

  Run scram(house);
  auto client = sasl::find_mechanism("SCRAM-SHA-256")
                    ->use({.authorize = "",
                           .login = "ann@example.org",
                           .password = Secret(View("secret")),
                           .random = &house.random,
                           .channel_binding = ""});
  std::string said = scram("AUTH SCRAM-SHA-256\r\n");
  said = said.substr(said.rfind("+ "));
  int rounds = 0;
  while (said.starts_with("+ ") && ++rounds < 6) {
    const auto challenge = codec::base64_decode(View(said).substr(2, said.size() - 4));
    REQUIRE(challenge.has_value());
    const auto response = client->respond(*challenge);
    REQUIRE(response.has_value());
    said = scram(codec::base64_encode(*response) + "\r\n");
  }
  CHECK(said == "+OK 1 messages\r\n");
  CHECK(rounds == 3);
  CHECK(client->server_verified());
}

TEST_CASE("without TLS there is nothing but STLS") {
  House house;
  Run run(house, Tls::starttls);
  CHECK(has(run("USER ann@example.org\r\n"), "-ERR Start TLS first\r\n"));
  CHECK(run("STLS\r\nUSER mallory\r\n") == "+OK Begin TLS\r\n");
  CHECK(run.drive.wants_upgrade);
  run.role->upgraded({"TLSv1.3", "", "", std::string(32, 'x'), ""});
  CHECK(has(run("CAPA\r\n"), "SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN"));
  CHECK(has(run(kLogin), "+OK 0 messages"));
}

TEST_CASE("every operation of the store fails once: nothing is lost, nothing is said to be done that is not") {
  std::uint64_t clean = 0;
  for (std::uint64_t n = 1; n < 100 && clean == 0; ++n) {
    CAPTURE(n);
    House house;
    house.deliver(kOne);
    house.deliver(kTwo);
    house.faulty.fail_at(n, environment_error(Code::unavailable));
    Run run(house);
    const std::string said = run(own(kLogin) + "RETR 1\r\nDELE 1\r\nQUIT\r\n");
    const bool failed = house.faulty.failed();
    house.faulty.fail_at(1'000'000, environment_error(Code::unavailable));
    if (failed) {
      CHECK(has(said, "-ERR [SYS/TEMP]"));
      const bool removed = has(said, "marked\r\n+OK Goodbye\r\n");
      CHECK(house.kept() == (removed ? 1U : 2U));
    } else {
      clean = n;
      CHECK(house.kept() == 1);
    }
    CHECK(house.ann()->check([](View problem) { FAIL_CHECK(own(problem)); }).has_value());
  }
  CHECK(clean > 3);
}

TEST_CASE("a message of some megabytes arrives whole and is never held whole") {
  House house;
  std::string message = "Subject: long\r\n\r\n";
  while (message.size() < 3'000'000)
    message += "0123456789012345678901234567890123456789012345678901234567890123456789\r\n";
  house.deliver(message);
  Run run(house);
  run(kLogin);
  run.role->receive("RETR 1\r\n");
  std::string said;
  for (Wants wants = Wants::again; wants != Wants::input;) {
    wants = run.role->next(house.clock.now());
    CHECK(run.role->transmit().size() < 200'000);
    said += run.role->transmit();
    run.role->transmitted(run.role->transmit().size());
    if (wants == Wants::work) run.role->work(house.clock.now());
  }
  CHECK((said == "+OK " + std::to_string(message.size()) + " octets\r\n" + message + ".\r\n"));
}

TEST_CASE("a dialogue is the same for every split") {
  const std::string different =
      posthorn::testing::for_every_split(own(kLogin) + "UIDL\r\nRETR 2\r\nDELE 2\r\nQUIT\r\n", [](auto&& feed) {
        House house;
        house.deliver(kOne);
        house.deliver(kTwo);
        Run run(house);
        std::string said = run.drive.pump();
        feed([&](View piece) { said += run(piece); });
        return said + std::to_string(house.kept());
      });
  CHECK(different == "");
}

TEST_CASE("who has no name reads a mailbox that is open to all") {
  House house;
  house.all.anonymous = "ann@example.org";
  house.deliver("Subject: one\r\n\r\n1\r\n");
  house.deliver("Subject: two\r\n\r\n2\r\n");
  Run run(house);
  CHECK(has(run("AUTH ANONYMOUS bWU=\r\n"), "+OK 2 messages\r\n"));
}
