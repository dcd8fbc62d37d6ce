// The whole IMAP role over a store that fails: what a client is told then.
#include <string>

#include <doctest/doctest.h>

#include "posthorn/service/mailbox/account.h"
#include "posthorn/service/roles/imap_role.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/faulty_store.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;

namespace {

struct Site : roles::testing::Site {
  std::unique_ptr<store::Store> memory = store::make_memory_store();
  posthorn::testing::FaultyStore store{*memory};
  std::unique_ptr<mailbox::Accounts> mail = mailbox::Accounts::make(store, clock);
  Services all{directory, guard, *mail, delivery, observer, clock, random};
};

struct Client {
  std::unique_ptr<Conversation> role;
  roles::testing::Driver drive;

  explicit Client(Site& site)
      : role(make_imap_role(site.all, {.host_name = "h", .remote = "192.0.2.1", .clear_login = true}, {})),
        drive{*role, site.clock} {
    say("l LOGIN ann@example.org secret\r\n");
  }
  std::string say(View octets) { return drive(octets); }
};

bool has(const std::string& text, View part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("EXPUNGE tells HIGHESTMODSEQ only with all changes up to it") {
  for (std::uint64_t n = 1;; ++n) {
    Site site;
    REQUIRE((*site.mail->open(site.directory.accounts["ann@example.org"].id, {}))->provision());
    Client client(site);
    client.say("a ENABLE QRESYNC\r\n");
    for (int i = 0; i < 3; ++i) client.say("b APPEND INBOX {8+}\r\nA: b\r\n\r\n\r\n");
    client.say("c SELECT INBOX\r\n");
    Client other(site);
    other.say("a SELECT INBOX\r\nb STORE 1 +FLAGS.SILENT (\\Deleted)\r\nc STORE 3 +FLAGS.SILENT (\\Flagged)\r\n");
    site.store.fail_at(n, environment_error(Code::unavailable));
    const std::string answer = client.say("d EXPUNGE\r\n");
    const bool failed = site.store.failed();
    CAPTURE(n);
    CAPTURE(answer);
    // RFC 7162 section 3.2.7: who keeps the value will not ask for older changes again.
    if (has(answer, "[HIGHESTMODSEQ ")) CHECK(has(answer, "FLAGS (\\Flagged)"));
    if (!failed) {
      CHECK(has(answer, "* VANISHED 1\r\n"));
      CHECK(has(answer, "d OK [HIGHESTMODSEQ "));
      break;
    }
  }
}
