// Mailboxes that several users have, through the role on the real services: what their clients see of each other.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/service/directory/sharing.h"
#include "posthorn/service/roles/imap_role.h"
#include "posthorn/service/sharing/public_mailboxes.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Driver;

namespace {

struct SharedSite {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  posthorn::testing::FakeClock clock;
  posthorn::testing::SeededRandom random{4};
  journal::NullObserver observer;
  directory::LoginGuard guard;
  std::unique_ptr<directory::Directory> directory;
  std::unique_ptr<mailbox::Accounts> accounts;
  std::unique_ptr<delivery::Delivery> delivery;
  std::unique_ptr<Services> services;

  SharedSite() {
    directory::Options cheap;
    cheap.argon2_operations = 1;
    cheap.argon2_octets = 8192;
    directory = std::move(*directory::Directory::open(*store, random, cheap));
    accounts = mailbox::Accounts::make(*store, clock);
    delivery = delivery::Delivery::make(*accounts, clock, random, {.host_name = "mx.example.org"});
    services = std::make_unique<Services>(*directory, guard, *accounts, *delivery, observer, clock, random);
    REQUIRE(directory->add_domain({.name = "example.org"}));
    for (const char* name : {"ann@example.org", "bob@example.org"})
      REQUIRE(directory->add_mailbox(name, Secret(View("word"))));
  }
  void give(View name, View identifier, View rights) {
    const auto owner = *directory->account("ann@example.org");
    const auto session =
        sharing::open_namespaces({*directory, *accounts}, {owner, *accounts->open(owner.id, {}), {}}, {}).mailboxes;
    REQUIRE(session->set_acl(name, identifier, imap::RightsChange::replace, *imap::parse_rights(rights)));
  }
};

/// One client that has logged in.
struct Client {
  Client(SharedSite& site, const std::string& name)
      : role(make_imap_role(*site.services,
                            {.host_name = "imap.example.org", .remote = "192.0.2.1", .clear_login = true}, {})),
        drive{*role, site.clock} {
    drive("l LOGIN " + name + "@example.org word\r\n");
  }
  std::string operator()(View octets) { return drive(octets); }
  std::unique_ptr<Conversation> role;
  Driver drive;
};

std::string append(View name, View text) {
  return "p APPEND " + own(name) + " {" + std::to_string(text.size()) + "+}\r\n" + own(text) + "\r\n";
}

bool has(const std::string& text, View part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("two users work in one mailbox until one of them may not any more") {
  SharedSite site;
  Client ann(site, "ann");
  Client bob(site, "bob");
  ann("a CREATE Work\r\n" + append("Work", "Subject: plan\r\n\r\nHello\r\n"));
  CHECK_FALSE(has(bob("a LIST \"\" *\r\n"), "#"));
  CHECK(has(bob("b SELECT #Shared/ann@example.org/Work\r\n"), "b NO "));
  site.give("Work", "bob@example.org", "lrswite");
  CHECK(has(bob("c LIST \"\" *\r\n"), "#Shared/ann@example.org/Work"));
  CHECK(has(bob("d SELECT #Shared/ann@example.org/Work\r\n"), "d OK [READ-WRITE]"));
  CHECK(has(bob("e FETCH 1 (FLAGS BODY[TEXT])\r\n"), "Hello"));
  CHECK(has(bob("f FETCH 1 FLAGS\r\n"), "FLAGS (\\Seen)"));
  CHECK(has(ann("g SELECT Work\r\nh FETCH 1 FLAGS\r\n"), "FLAGS ()"));
  CHECK(has(bob("i STORE 1 +FLAGS (\\Flagged)\r\n"), "FLAGS (\\Flagged \\Seen)"));
  CHECK(has(ann("j NOOP\r\n"), "FLAGS (\\Flagged)"));
  CHECK(has(bob("k COPY 1 INBOX\r\n"), "k OK [COPYUID "));
  CHECK(has(bob("m MOVE 1 Archive\r\n"), "* 1 EXPUNGE\r\n"));
  CHECK(has(ann("n NOOP\r\n"), "* 1 EXPUNGE\r\n"));
  CHECK(has(bob("o STATUS INBOX (MESSAGES)\r\nq STATUS Archive (MESSAGES)\r\n"), "(MESSAGES 1)\r\nq OK"));
  ann(append("Work", "Subject: later\r\n\r\nx\r\n"));
  CHECK(has(bob("r NOOP\r\n"), "* 1 EXISTS\r\n"));
  site.give("Work", "bob@example.org", "");
  const std::string end = bob("s FETCH 1 BODY[]\r\n");
  CHECK_FALSE(has(end, "later"));
  if (!bob.drive.closed) bob("t NOOP\r\n");
  CHECK(bob.drive.closed);
}

TEST_CASE("a public mailbox is for those whom its keeper lets in") {
  SharedSite site;
  REQUIRE(site.directory->sharing()->add_public("News"));
  REQUIRE(sharing::delegate({*site.directory, *site.accounts}, "News", "Local", "ann@example.org", "lrswipkxtea"));
  Client ann(site, "ann");
  Client bob(site, "bob");
  CHECK(has(ann("a CREATE #News/Local/Sport\r\n"), "a OK"));
  CHECK(has(ann("b CREATE #News/Top\r\n"), "b NO"));
  CHECK(has(ann("c CREATE #Mine\r\n"), "c NO [CANNOT]"));
  CHECK(has(ann(append("#News/Local/Sport", "Subject: goal\r\n\r\n1:0\r\n")), "p OK [APPENDUID "));
  CHECK_FALSE(has(bob("a LIST \"\" *\r\n"), "#News"));
  site.give("#News/Local/Sport", "anyone", "lr");
  CHECK(has(bob("b LIST \"\" *\r\n"), "#News/Local/Sport"));
  CHECK(has(bob("c SELECT #News/Local/Sport\r\n"), "c OK [READ-ONLY]"));
  CHECK(has(bob("d FETCH 1 BODY.PEEK[TEXT]\r\n"), "1:0"));
  CHECK(has(bob("e STORE 1 +FLAGS (\\Deleted)\r\n"), "e NO"));
  CHECK(has(bob("f SUBSCRIBE #News/Local/Sport\r\ng LSUB \"\" *\r\n"), "#News/Local/Sport"));
  CHECK_FALSE(has(ann("h LSUB \"\" *\r\n"), "#News"));
}
