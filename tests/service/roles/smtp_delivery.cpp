// The SMTP role on the real services over a store in memory: what is answered 250 is in the mailbox, whatever fails.
#include <string>

#include <doctest/doctest.h>

#include "posthorn/service/roles/smtp_role.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Driver;

namespace {

struct RealSite {
  std::unique_ptr<store::Store> memory = store::make_memory_store();
  posthorn::testing::FaultyStore store{*memory};
  posthorn::testing::FakeClock clock;
  posthorn::testing::SeededRandom random{3};
  journal::NullObserver observer;
  directory::LoginGuard guard;
  std::unique_ptr<directory::Directory> directory;
  std::unique_ptr<mailbox::Accounts> accounts = mailbox::Accounts::make(store, clock);
  std::unique_ptr<delivery::Delivery> delivery =
      delivery::Delivery::make(*accounts, clock, random, {.host_name = "mx.example.org"});

  RealSite() {
    directory::Options cheap;
    cheap.argon2_operations = 1;
    cheap.argon2_octets = 8192;
    directory = std::move(*directory::Directory::open(store, random, cheap));
    REQUIRE(directory->add_domain({.name = "example.org"}));
    for (const char* name : {"ann", "bob"}) {
      auto made = directory->add_mailbox(own(name) + "@example.org", Secret(View("secret")));
      REQUIRE(made);
      auto account = accounts->open(made->id, {});
      REQUIRE(account);
      REQUIRE((*account)->provision());
    }
    REQUIRE(directory->add_alias({"both@example.org", {"ann@example.org", "bob@example.org"}}));
  }
  [[nodiscard]] Services services() { return {*directory, guard, *accounts, *delivery, observer, clock, random}; }
  std::size_t count(View address) {
    auto found = directory->account(address);
    REQUIRE(found);
    auto account = accounts->open(found->id, {found->quota_octets, found->quota_messages});
    REQUIRE(account);
    auto messages = (*account)->messages("INBOX");
    REQUIRE(messages);
    return messages->size();
  }
  std::string body(View address) {
    auto account = accounts->open(directory->account(address)->id, {});
    const auto messages = (*account)->messages("INBOX");
    return (*account)->reader()->read(messages->front().body, 0, messages->front().body.octets).value();
  }
  std::string talk(const std::string& text, const SmtpOptions& options = {}) {
    auto role = make_smtp_role(services(), {.host_name = "mx.example.org", .remote = "192.0.2.1"}, options);
    Driver drive{*role, clock};
    return drive(text);
  }
};

const std::string kMessage = "Subject: a\r\n\r\n.b\r\n";

std::string dialogue(const std::string& hello, const std::string& rcpts) {
  return hello + " c.example\r\nMAIL FROM:<x@y.example>\r\n" + rcpts + "DATA\r\nSubject: a\r\n\r\n..b\r\n.\r\nQUIT\r\n";
}

}  // namespace

TEST_CASE("a message comes to the mailbox, with its trace, once for each account") {
  RealSite site;
  const std::string sent =
      site.talk(dialogue("EHLO", "RCPT TO:<Ann+tag@EXAMPLE.org>\r\nRCPT TO:<both@example.org>\r\n"));
  CHECK(sent.find("250 2.0.0 Stored as ") != std::string::npos);
  CHECK(site.count("ann@example.org") == 1);
  CHECK(site.count("bob@example.org") == 1);
  const std::string body = site.body("ann@example.org");
  CHECK(body.ends_with(kMessage));
  CHECK(body.find("Return-Path: <x@y.example>\r\n") == 0);
  CHECK(body.find("Received: from c.example ([192.0.2.1])\r\n\tby mx.example.org with ESMTP") != std::string::npos);
}

TEST_CASE("LMTP: a full mailbox does not keep the other from its mail") {
  RealSite site;
  REQUIRE(site.directory->set_quota("bob@example.org", 0, 1));
  const std::string twice = "RCPT TO:<ann@example.org>\r\nRCPT TO:<bob@example.org>\r\n";
  CHECK(site.talk(dialogue("LHLO", twice), {.lmtp = true}).find("452") == std::string::npos);
  const std::string sent = site.talk(dialogue("LHLO", twice), {.lmtp = true});
  CHECK(sent.find("452 4.2.2") != std::string::npos);
  CHECK(site.count("ann@example.org") == 2);
  CHECK(site.count("bob@example.org") == 1);
}

TEST_CASE("the store fails at its nth operation: nothing acknowledged is lost, nothing refused for good is stored") {
  for (bool lmtp : {false, true}) {
    for (std::uint64_t nth = 1;; ++nth) {
      REQUIRE(nth < 500);
      RealSite site;
      site.store.fail_at(nth, environment_error(Code::unavailable));
      const std::string sent =
          site.talk(dialogue(lmtp ? "LHLO" : "EHLO", "RCPT TO:<ann@example.org>\r\nRCPT TO:<bob@example.org>\r\n"),
                    {.lmtp = lmtp});
      const bool failed = site.store.failed();
      site.store.fail_at(1U << 30U, environment_error(Code::unavailable));  // no more failures
      CAPTURE(nth);
      CAPTURE(sent);
      CHECK(sent.find("\r\n5") == std::string::npos);  // a failure of ours is never the end of a message
      std::size_t stored = 0;
      for (std::size_t at = sent.find("Stored as"); at != std::string::npos; at = sent.find("Stored as", at + 1))
        ++stored;
      const std::size_t there = site.count("ann@example.org") + site.count("bob@example.org");
      std::size_t accepted = 0;
      for (std::size_t at = sent.find("250 2.1.5"); at != std::string::npos; at = sent.find("250 2.1.5", at + 1))
        ++accepted;
      if (lmtp) {
        CHECK(there == stored);
      } else if (stored == 1) {
        CHECK(there == accepted);
      }
      if (!failed) {
        CHECK(there == 2);
        break;
      }
    }
  }
}
