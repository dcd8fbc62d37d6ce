// A sealed mailbox through all roles on the real services: what clients of each protocol see, and what they do not.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/service/directory/sealing.h"
#include "posthorn/service/roles/imap_role.h"
#include "posthorn/service/roles/pop3_role.h"
#include "posthorn/service/roles/smtp_role.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Driver;

namespace {

constexpr View kAnn = "ann@example.org";

/// Runs what it is given when it is told to.
class Later : public Background {
 public:
  void submit(std::move_only_function<void()> job) override { jobs.push_back(std::move(job)); }
  std::vector<std::move_only_function<void()>> jobs;
};

struct SealedSite {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  posthorn::testing::FakeClock clock;
  posthorn::testing::SeededRandom random{4};
  journal::NullObserver observer;
  directory::LoginGuard guard;
  Later later;
  std::unique_ptr<directory::Directory> directory;
  std::unique_ptr<mailbox::Accounts> accounts;
  std::unique_ptr<delivery::Delivery> delivery;

  explicit SealedSite(bool pad_sizes = false) {
    directory::Options cheap;
    cheap.argon2_operations = 1;
    cheap.argon2_octets = 8192;
    directory = std::move(*directory::Directory::open(*store, random, cheap));
    accounts = mailbox::Accounts::make(*store, clock, {}, {&directory->sealing(), &random, pad_sizes});
    delivery = delivery::Delivery::make(*accounts, clock, random, {.host_name = "mx.example.org"});
    REQUIRE(directory->add_domain({.name = "example.org"}));
    REQUIRE(directory->add_mailbox(kAnn, Secret(View("first"))));
    REQUIRE(account()->provision());
  }
  std::shared_ptr<mailbox::Account> account() { return *accounts->open(directory->account(kAnn)->id, {}); }
  [[nodiscard]] Services services() {
    return {*directory, guard, *accounts, *delivery, observer, clock, random, &later};
  }
  [[nodiscard]] static Connection connection() {
    return {.host_name = "mx.example.org", .remote = "192.0.2.1", .clear_login = true};
  }
  std::string deliver(const std::string& word) {
    auto role = make_smtp_role(services(), connection(), {});
    Driver drive{*role, clock};
    return drive("EHLO c.example\r\nMAIL FROM:<x@y.example>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\nSubject: about " +
                 word + "\r\n\r\n" + word + "\r\n.\r\nQUIT\r\n");
  }
  std::string imap(const std::string& commands) {
    auto role = make_imap_role(services(), connection(), {});
    Driver drive{*role, clock};
    return drive(commands);
  }
  std::string pop3(const std::string& commands) {
    auto role = make_pop3_role(services(), connection(), {});
    Driver drive{*role, clock};
    return drive(commands);
  }
  std::size_t messages() { return account()->messages("INBOX")->size(); }
};

std::string read(View password) {
  return "a LOGIN ann@example.org " + own(password) + "\r\nb SELECT INBOX\r\nc FETCH 1:* (FLAGS BODY.PEEK[TEXT])\r\n";
}

bool has(const std::string& text, View part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("clients with the password see a sealed mailbox as any other") {
  SealedSite site;
  CHECK(has(site.deliver("plainword"), "250 2.0.0 Stored"));
  REQUIRE(site.directory->sealing().set_sealed(kAnn, true));
  CHECK(has(site.deliver("sealedword"), "250 2.0.0 Stored"));
  const std::string seen = site.imap(read("first") +
                                     "d SEARCH TEXT sealedword\r\ne SEARCH TEXT elephant\r\n"
                                     "f FETCH 2 (ENVELOPE)\r\n");
  CHECK(!has(seen, "ALERT"));
  CHECK(has(seen, "plainword\r\n"));
  CHECK(has(seen, "sealedword\r\n"));
  CHECK(has(seen, "* SEARCH 2\r\n"));
  CHECK(has(seen, "\"about sealedword\""));
  const std::string fetched = site.pop3("USER ann@example.org\r\nPASS first\r\nLIST\r\nRETR 2\r\nQUIT\r\n");
  CHECK(has(fetched, "+OK 2 messages\r\n"));
  CHECK(has(fetched, "sealedword\r\n.\r\n"));
}

TEST_CASE("a setting that nobody can read makes mail wait, for senders and for clients") {
  SealedSite site;
  REQUIRE(site.directory->sealing().set_sealed(kAnn, true));
  const auto rows = std::move(*site.store->open(store::kDirectoryAccount));
  const std::string key = "s:0000000000000001";
  const std::string good = (*rows->get(key))->value;
  for (const std::string& broken : {std::string("junk"), good.substr(0, 20), std::string()}) {
    REQUIRE(rows->commit(store::Batch().put(key, broken)));
    CHECK(has(site.deliver("token"), "\r\n451 4.3.0 "));
    const std::string appended = site.imap("a LOGIN ann@example.org first\r\nb APPEND INBOX {5+}\r\ntoken\r\n");
    CHECK(has(appended, "b NO [UNAVAILABLE]"));
    CHECK(site.messages() == 0);
  }
  REQUIRE(rows->commit(store::Batch().put(key, good)));
  CHECK(has(site.deliver("token"), "250 2.0.0 Stored"));
  CHECK(site.messages() == 1);
}

TEST_CASE("a login that does not open the mailbox says so, and everything else works") {
  SealedSite site;
  REQUIRE(site.directory->sealing().set_sealed(kAnn, true));
  CHECK(has(site.deliver("oldword"), "250 "));
  REQUIRE(site.directory->sealing().reset_password(kAnn, Secret(View("second")), true));
  CHECK(has(site.deliver("newword"), "250 "));
  const std::string seen = site.imap(read("second"));
  CHECK(has(seen, "* NO [ALERT] Mail from before the last password reset is sealed"));
  CHECK(has(seen, "a OK "));
  CHECK(!has(seen, "oldword"));
  CHECK(has(seen, "newword\r\n"));
  CHECK(has(seen, "* 1 FETCH (FLAGS"));
  CHECK(has(seen, "c NO [UNAVAILABLE]"));
  const std::string fetched = site.pop3("USER ann@example.org\r\nPASS second\r\nRETR 1\r\nRETR 2\r\nQUIT\r\n");
  CHECK(has(fetched, "+OK 2 messages; Mail from before"));
  CHECK(has(fetched, "-ERR [SYS/PERM] This message is sealed"));
  CHECK(has(fetched, "newword\r\n.\r\n"));
  CHECK(*site.directory->sealing().reopen(kAnn, Secret(View("first"))) == 1);
  const std::string again = site.imap(read("second"));
  CHECK(!has(again, "ALERT"));
  CHECK(has(again, "oldword\r\n"));
  CHECK(has(again, "c OK "));
}

TEST_CASE("a session whose credential opens no slot is locked: it sees what is there, and new plain mail whole") {
  SealedSite site;
  CHECK(has(site.deliver("plainword"), "250 "));
  REQUIRE(site.directory->sealing().set_sealed(kAnn, true));
  CHECK(has(site.deliver("sealedword"), "250 "));
  // The slot of the password is damaged; the password itself is right.
  const auto rows = std::move(*site.store->open(store::kDirectoryAccount));
  const std::string key = "k:0000000000000001:00000001";
  std::string value = (*rows->get(key))->value;
  value[value.rfind(':') + 30] ^= 1;
  REQUIRE(rows->commit(store::Batch().put(key, value)));
  const std::string seen = site.imap(read("first") + "d SEARCH TEXT sealedword\r\n");
  CHECK(has(seen, "* NO [ALERT] This mailbox is sealed and this login does not open it"));
  CHECK(has(seen, "plainword\r\n"));
  CHECK(!has(seen, "sealedword\r\n"));
  CHECK(has(seen, "* SEARCH\r\nd OK"));
}

TEST_CASE("what was asked for is done in the background of a login that opens the mailbox, and ends with it") {
  SealedSite site;
  CHECK(has(site.deliver("plainword"), "250 "));
  REQUIRE(site.directory->sealing().set_sealed(kAnn, true));
  REQUIRE(site.directory->sealing().request_reprocess(kAnn, true));
  static_cast<void>(site.imap("a LOGIN ann@example.org first\r\n"));
  REQUIRE(site.later.jobs.size() == 1);
  site.later.jobs[0]();  // the session is over: nothing is done
  CHECK(site.account()->messages("INBOX")->at(0).body.capsule.empty());
  CHECK(site.directory->sealing().setting(1)->reprocess);
  auto role = make_imap_role(site.services(), SealedSite::connection(), {});
  Driver drive{*role, site.clock};
  static_cast<void>(drive("a LOGIN ann@example.org first\r\n"));
  REQUIRE(site.later.jobs.size() == 2);
  site.later.jobs[1]();
  CHECK(!site.account()->messages("INBOX")->at(0).body.capsule.empty());
  CHECK(!site.directory->sealing().setting(1)->reprocess);
  static_cast<void>(site.imap("a LOGIN ann@example.org first\r\n"));
  CHECK(site.later.jobs.size() == 2);
}

TEST_CASE("a padded message that is plain again has another size: POP3 gives it from the next login on") {
  SealedSite site(true);
  REQUIRE(site.directory->sealing().set_sealed(kAnn, true));
  const std::string word(1000, 'w');
  CHECK(has(site.deliver(word), "250 "));
  const auto rows = std::move(*site.store->open(store::kDirectoryAccount));
  const std::string key = "k:0000000000000001:00000001";
  const std::string good = (*rows->get(key))->value;
  std::string value = good;
  value[value.rfind(':') + 30] ^= 1;
  REQUIRE(rows->commit(store::Batch().put(key, value)));
  auto pop3 = make_pop3_role(site.services(), SealedSite::connection(), {});
  Driver drive{*pop3, site.clock};
  CHECK(has(drive("USER ann@example.org\r\nPASS first\r\nRETR 1\r\n"), "-ERR [SYS/PERM] This message is sealed"));
  REQUIRE(rows->commit(store::Batch().put(key, good)));
  REQUIRE(site.directory->sealing().set_sealed(kAnn, false));
  REQUIRE(site.directory->sealing().request_reprocess(kAnn, true));
  auto imap = make_imap_role(site.services(), SealedSite::connection(), {});
  Driver login{*imap, site.clock};
  static_cast<void>(login("a LOGIN ann@example.org first\r\n"));
  REQUIRE(site.later.jobs.size() == 1);
  site.later.jobs[0]();
  REQUIRE(site.account()->messages("INBOX")->at(0).body.capsule.empty());
  const std::string refused = drive("RETR 1\r\nQUIT\r\n");
  CHECK(has(refused, "-ERR ["));
  CHECK(!has(refused, word));
  CHECK(has(site.pop3("USER ann@example.org\r\nPASS first\r\nRETR 1\r\nQUIT\r\n"), word + "\r\n.\r\n+OK"));
}
