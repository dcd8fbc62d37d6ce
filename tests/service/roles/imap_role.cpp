#include "posthorn/service/roles/imap_role.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/protocol/imap/server_session.h"
#include "posthorn/testing/fake_mailboxes.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Driver;

namespace {

/// An account that has mailboxes.
class MailAccount : public roles::testing::FakeAccount {
 public:
  MailAccount(posthorn::testing::FakeAccount& mail, std::function<void()>& watch)
      : FakeAccount({}), mail_(mail), watch_(watch) {}
  std::unique_ptr<imap::Mailboxes> session(std::shared_ptr<const vault::OpenKeys>) override {
    return std::make_unique<Watched>(mail_.session(), watch_);
  }

 private:
  class Watched : public imap::Mailboxes {
   public:
    Watched(std::unique_ptr<imap::Mailboxes> inner, std::function<void()>& watch)
        : inner_(std::move(inner)), watch_(watch) {}
    Result<std::vector<imap::MailboxInfo>> list() override { return inner_->list(); }
    Result<imap::MailboxStatus> status(View name) override { return inner_->status(name); }
    Result<void> create(View name, imap::SpecialUse use) override { return inner_->create(name, use); }
    Result<void> remove(View name) override { return inner_->remove(name); }
    Result<void> rename(View from, View to) override { return inner_->rename(from, to); }
    Result<void> subscribe(View name) override { return inner_->subscribe(name); }
    Result<void> unsubscribe(View name) override { return inner_->unsubscribe(name); }
    Result<std::unique_ptr<imap::SelectedMailbox>> select(View name, bool read_only) override {
      return inner_->select(name, read_only);
    }
    Result<std::unique_ptr<imap::Append>> append(View name) override { return inner_->append(name); }
    void set_watch(std::function<void()> changed) override { watch_ = std::move(changed); }

   private:
    std::unique_ptr<imap::Mailboxes> inner_;
    std::function<void()>& watch_;
  };
  posthorn::testing::FakeAccount& mail_;
  std::function<void()>& watch_;
};

class MailAccounts : public mailbox::Accounts {
 public:
  Result<std::shared_ptr<mailbox::Account>> open(store::AccountId, mailbox::Quota) override {
    if (failure) return fail(*failure);
    return std::make_shared<MailAccount>(mail, watch);
  }
  posthorn::testing::FakeAccount mail;
  std::function<void()> watch;
  std::optional<Error> failure;
};

struct Run : roles::testing::Site {
  MailAccounts mail;
  Services all{directory, guard, mail, delivery, observer, clock, random};
  std::unique_ptr<Conversation> role;
  Driver drive;
  explicit Run(Tls tls = Tls::implicit)
      : role(make_imap_role(all, {.host_name = "imap.example.org", .remote = "192.0.2.1", .tls = tls}, {})),
        drive{*role, clock} {
    if (tls == Tls::implicit) role->upgraded({"TLSv1.3", "TLS_AES_128_GCM_SHA256", "", "", ""});
  }
  std::string operator()(View octets) { return drive(octets); }
};

}  // namespace

TEST_CASE("a login opens the account, whichever way it is made") {
  Run run;
  CHECK(run("").starts_with("* OK [CAPABILITY IMAP4rev1 "));
  CHECK(run("a LOGIN ann@example.org secret\r\n").starts_with("a OK [CAPABILITY "));
  CHECK(run.observer.counts[journal::Happening::login_ok] == 1);
  CHECK(run("b STATUS INBOX (MESSAGES)\r\n") == "* STATUS \"INBOX\" (MESSAGES 0)\r\nb OK Done\r\n");
  Run other;
  CHECK(other("a AUTHENTICATE PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=\r\n").find("a OK [CAPABILITY ") !=
        std::string::npos);
  Run third;
  CHECK(third("a AUTHENTICATE PLAIN\r\n").ends_with("+ \r\n"));
  CHECK(third("AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=\r\n").starts_with("a OK "));
  CHECK(third("b LOGOUT\r\n").starts_with("* BYE "));
  CHECK(third.drive.closed);
}

TEST_CASE("a wrong password is counted and its refusal held back") {
  Run run;
  run("");
  CHECK(run("a LOGIN ann@example.org wrong\r\n") == "a NO [AUTHENTICATIONFAILED] Wrong name or password\r\n");
  const Duration first = run.drive.paused;
  CHECK(first > Duration(0));
  CHECK(run("b AUTHENTICATE PLAIN AGFubkBleGFtcGxlLm9yZwB3cm9uZw==\r\n") ==
        "b NO [AUTHENTICATIONFAILED] Wrong name or password\r\n");
  CHECK(run.drive.paused > first);
  CHECK(run.observer.counts[journal::Happening::login_failed] == 2);
}

TEST_CASE("no login without TLS") {
  Run run(Tls::starttls);
  CHECK(run("").find(" STARTTLS LOGINDISABLED]") != std::string::npos);
  CHECK(run("a LOGIN ann@example.org secret\r\n").starts_with("a NO [PRIVACYREQUIRED] "));
  CHECK(run("b STARTTLS\r\nc LOGIN ann@example.org secret\r\n") == "b OK Begin TLS now\r\n");
  CHECK(run.drive.wants_upgrade);
  run.role->upgraded({"TLSv1.3", "TLS_AES_128_GCM_SHA256", "", "", ""});
  CHECK(run("d LOGIN ann@example.org secret\r\n").starts_with("d OK "));
}

TEST_CASE("an account that cannot be opened is not a wrong password") {
  Run run;
  run("");
  run.mail.failure = environment_error(Code::unavailable, "disk on fire");
  CHECK(run("a LOGIN ann@example.org secret\r\n") == "a NO [UNAVAILABLE] Not available now; try again later\r\n");
  CHECK(run.observer.counts[journal::Happening::store_failed] == 1);
  run.mail.failure.reset();
  CHECK(run("b LOGIN ann@example.org secret\r\n").starts_with("b OK "));
}

TEST_CASE("IDLE hears of new mail through the watch") {
  Run run;
  int woken = 0;
  run.role->set_wake([&] { ++woken; });
  run("a LOGIN ann@example.org secret\r\nb SELECT INBOX\r\nc IDLE\r\n");
  REQUIRE(run.mail.watch);
  run.mail.mail.add("INBOX", "x");
  run.mail.watch();
  CHECK(woken == 1);
  CHECK(run("") == "* 1 EXISTS\r\n");
  run.role->stop();
  CHECK(run("") == "* BYE The server stops\r\n");
  CHECK(run.drive.closed);
  auto watch = run.mail.watch;
  run.role.reset();
  watch();
  CHECK(woken == 1);
}

TEST_CASE("pipelined commands take one visit to a worker") {
  Run run;
  run("a LOGIN ann@example.org secret\r\n");
  const int before = run.drive.visits;
  run("b NOOP\r\nc NOOP\r\nd SELECT INBOX\r\ne NOOP\r\n");
  CHECK(run.drive.visits == before + 1);
}

TEST_CASE("a session is small") { CHECK(sizeof(imap::ServerSession) < 2048); }

TEST_CASE("who has no name reads a mailbox that is open to all") {
  roles::testing::Site site;
  MailAccounts mail;
  Services all{site.directory, site.guard, mail, site.delivery, site.observer, site.clock, site.random};
  all.anonymous = "ann@example.org";
  const auto role = make_imap_role(all, {.host_name = "imap.example.org", .remote = "192.0.2.1"}, {});
  role->upgraded({"TLSv1.3", "TLS_AES_128_GCM_SHA256", "", "", ""});
  Driver drive{*role, site.clock};
  CHECK(drive("").find("AUTH=ANONYMOUS") != std::string::npos);
  CHECK(drive("a AUTHENTICATE ANONYMOUS bWU=\r\n").find("a OK") != std::string::npos);
}
