// What the SMTP role does with mail that goes to other hosts: who may send it there, under which name, how much of it.
#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/grammar/mail/srs.h"
#include "posthorn/service/delivery/local.h"
#include "posthorn/service/limits/limiter.h"
#include "posthorn/service/queue/dispatcher.h"
#include "posthorn/service/roles/smtp_role.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"
#include "posthorn/testing/faulty_store.h"

#include "service/roles/fakes.h"

using namespace posthorn;
using namespace posthorn::roles;
using roles::testing::Driver;

namespace {

class OnePolicy : public queue::Policies {
 public:
  queue::Policy policy(const queue::Destination&) override { return {}; }
};

/// A site that sends: directory, mailboxes, queue, limits, rewritten senders.
struct SendingSite {
  std::unique_ptr<store::Store> memory = store::make_memory_store();
  std::unique_ptr<posthorn::testing::FaultyStore> store = std::make_unique<posthorn::testing::FaultyStore>(*memory);
  posthorn::testing::FakeClock clock;
  posthorn::testing::SeededRandom random{3};
  roles::testing::CountingObserver observer;
  directory::LoginGuard guard;
  OnePolicy policies;
  std::unique_ptr<directory::Directory> directory;
  std::unique_ptr<mailbox::Accounts> accounts = mailbox::Accounts::make(*store, clock);
  std::unique_ptr<queue::Queue> queue;
  std::unique_ptr<delivery::Delivery> delivery;
  std::unique_ptr<store::Partition> counts;
  std::unique_ptr<limits::Limiter> limiter;
  std::optional<mail::SrsRewriter> srs;
  std::vector<std::string> flushed;
  bool is_ordered = false;
  std::vector<std::string> frozen;

  SendingSite() {
    directory::Options cheap;
    cheap.argon2_operations = 1;
    cheap.argon2_octets = 8192;
    cheap.scram = false;
    directory = std::move(*directory::Directory::open(*store, random, cheap));
    REQUIRE(directory->add_domain({.name = "example.org"}));
    directory::Domain backup;
    backup.name = "backup.example";
    backup.backup.on = true;
    backup.backup.recipients = directory::RecipientCheck::any;
    REQUIRE(directory->add_domain(backup));
    for (const char* name : {"ann", "bob"}) {
      auto made = directory->add_mailbox(own(name) + "@example.org", Secret(View("secret")));
      REQUIRE(made);
      auto account = accounts->open(made->id, {});
      REQUIRE((*account)->provision());
    }
    REQUIRE(directory->add_alias({"info@example.org", {"ann@example.org", "far@three.example"}}));
    mail::SrsOptions rewriting;
    rewriting.secrets.emplace_back(View("a secret of this host"));
    rewriting.host = "mx.example.org";
    auto made = mail::SrsRewriter::make(std::move(rewriting));
    REQUIRE(made);
    srs.emplace(std::move(*made));
    delivery::Options options;
    options.host_name = "mx.example.org";
    options.rewrite_sender = [this](View sender) {
      return srs->forward(*mail::parse_mailbox(sender, true), std::chrono::floor<std::chrono::days>(clock.wall()))
          ->text();
    };
    queue = std::move(*queue::Queue::open(*store, clock, random, policies, delivery::make_router(*directory, options),
                                          {.host_name = "mx.example.org"}));
    REQUIRE(queue->load());
    options.queue = queue.get();
    delivery = delivery::Delivery::make(*accounts, clock, random, options);
    counts = std::move(*memory->open(queue::kQueueAccount));
    limits::Limits few;
    few.account.recipients_per_hour = 3;
    few.refusals_per_day = 4;
    limiter = std::move(*limits::Limiter::open(*counts, clock, random, few));
  }

  [[nodiscard]] Services services() {
    Services made{*directory, guard, *accounts, *delivery, observer, clock, random};
    made.queued = true;
    made.limiter = limiter.get();
    made.srs = &*srs;
    made.freeze = [this](const std::string& login) { frozen.push_back(login); };
    made.flush = [this](const std::string& domain) -> Result<void> {
      if (is_ordered) return fail(caller_error(Code::exists));
      flushed.push_back(domain);
      return {};
    };
    return made;
  }

  std::unique_ptr<Conversation> connect(bool submission, SmtpOptions options = {}) {
    options.outbound = submission;
    options.offers.dsn = true;
    Connection connection{.host_name = "mx.example.org", .remote = "192.0.2.1"};
    connection.tls = submission ? Tls::implicit : Tls::none;
    connection.require_login = submission;
    auto role = make_smtp_role(services(), connection, options);
    if (submission) role->upgraded({"TLSv1.3", "TLS_AES_128_GCM_SHA256", "", "", ""});
    return role;
  }
  static std::string hello(bool submission) {
    const std::string login = std::string("\0ann@example.org\0secret", 23);
    return submission ? "EHLO c.example\r\nAUTH PLAIN " + codec::base64_encode(login) + "\r\n" : "EHLO c.example\r\n";
  }

  /// What is said to a whole dialogue: the last line of each reply.
  std::string talk(const std::string& text, bool submission, SmtpOptions options = {}) {
    const auto role = connect(submission, options);
    return Driver{*role, clock}(hello(submission) + text);
  }

  std::vector<queue::Listed> queued() {
    std::vector<queue::Listed> all;
    REQUIRE(queue::each_item(*store, [&](const queue::Listed& listed) {
              all.push_back(listed);
              return true;
            }).has_value());
    return all;
  }
};

std::string message(const std::string& sender, const std::vector<std::string>& recipients, const std::string& content) {
  std::string text = "MAIL FROM:<" + sender + ">\r\n";
  for (const std::string& recipient : recipients) text += "RCPT TO:<" + recipient + ">\r\n";
  return text + "DATA\r\n" + content + "\r\n.\r\n";
}

bool said(const std::string& replies, View what) { return replies.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("submission: a login sends to other hosts, and nobody else does") {
  SendingSite site;
  const std::string content = "From: ann@example.org\r\n\r\nText";
  CHECK(said(site.talk(message("ann@example.org", {"far@two.example"}, content), true), "250 2.0.0"));
  REQUIRE(site.queued().size() == 1);
  CHECK(site.queued()[0].account == "ann@example.org");
  CHECK(site.queued()[0].item.destination.domain == "two.example");
  CHECK(site.queued()[0].item.sender == "ann@example.org");
  const std::string relay = site.talk(message("x@one.example", {"far@two.example"}, content), false);
  CHECK(said(relay, "550 5.7.1"));
  CHECK(site.queued().size() == 1);
}

// RFC 6409 section 8, features F4.
TEST_CASE("submission: what is missing is added, and nobody writes in the name of another") {
  SendingSite site;
  REQUIRE(said(site.talk(message("ann@example.org", {"far@two.example"}, "From: ann@example.org\r\n\r\nText"), true),
               "250 2.0.0"));
  const auto first = queue::find_message(*site.store, site.queued()[0].key.message);
  REQUIRE(first);
  const std::string stored = *site.queue->read_body(*first, 0, first->octets);
  CHECK(said(stored, "\r\nDate: Thu, 01 Jan 2026"));
  CHECK(said(stored, "\r\nMessage-ID: <"));
  CHECK(said(stored, "Received: from [submission]"));
  CHECK_FALSE(said(stored, "192.0.2.1"));
  CHECK(said(site.talk(message("ann@example.org", {"far@two.example"}, "From: bob@example.org\r\n\r\nText"), true),
             "553 5.7.1"));
  CHECK(said(site.talk(message("ann@example.org", {"far@two.example"}, "From: eve@else.example\r\n\r\nText"), true),
             "553 5.7.1"));
  CHECK(said(site.talk(message("ann@example.org", {"far@two.example"}, "Subject: nobody\r\n\r\nText"), true),
             "554 5.6.0"));
  CHECK(said(site.talk(message("info@example.org", {"far@two.example"}, "From: info@example.org\r\n\r\nText"), true),
             "250 2.0.0"));
  CHECK(said(site.talk("MAIL FROM:<bob@example.org>\r\n", true), "553 5.7.1"));
}

TEST_CASE("submission: limits hold for recipients that were accepted") {
  SendingSite site;
  const std::string content = "From: ann@example.org\r\n\r\nText";
  CHECK(said(site.talk(message("ann@example.org", {"a@two.example", "b@two.example"}, content), true), "250 2.0.0"));
  const std::string more = site.talk(message("ann@example.org", {"c@two.example", "d@two.example"}, content), true);
  CHECK(said(more, "450 4.7.1"));
  CHECK(said(more, "250 2.0.0"));
  CHECK(site.queued().size() == 2);
  site.clock.advance(std::chrono::hours(2));
  CHECK_FALSE(said(site.talk(message("ann@example.org", {"e@two.example"}, content), true), "450 4.7.1"));
  // What comes from outside is not counted for anybody.
  CHECK_FALSE(
      said(site.talk(message("x@one.example",
                             {"a@backup.example", "b@backup.example", "c@backup.example", "d@backup.example"}, content),
                     false),
           "450"));
}

TEST_CASE("submission: limits hold for sessions at the same time") {
  SendingSite site;
  const auto one = site.connect(true);
  const auto two = site.connect(true);
  Driver first{*one, site.clock};
  Driver second{*two, site.clock};
  const std::string begun = SendingSite::hello(true) +
                            "MAIL FROM:<ann@example.org>\r\nRCPT TO:<a@two.example>\r\n"
                            "RCPT TO:<b@two.example>\r\nDATA\r\n";
  CHECK(said(first(begun), "354"));
  CHECK(said(second(begun), "354"));
  const std::string content = "From: ann@example.org\r\n\r\nText\r\n.\r\n";
  CHECK(said(first(content), "250 2.0.0"));
  CHECK(said(second(content), "450 4.7.1"));
  CHECK(site.queued().size() == 1);
  // The third recipient of the hour.
  CHECK(said(site.talk(message("ann@example.org", {"c@two.example"}, "From: ann@example.org\r\n\r\nText"), true),
             "250 2.0.0 Stored"));
}

TEST_CASE("submission: what was not taken is not counted") {
  SendingSite site;
  const std::string text = message("ann@example.org", {"a@two.example", "b@two.example", "c@two.example"},
                                   "From: ann@example.org\r\n\r\nText");
  site.store->fail_commits(environment_error(Code::unavailable));
  for (int i = 0; i < 2; ++i) CHECK(said(site.talk(text, true), "451"));
  site.store->fail_commits(std::nullopt);
  CHECK(said(site.talk(text, true), "250 2.0.0 Stored"));
}

// Features F14.
TEST_CASE("submission: who goes on although he is refused is frozen, with what he has queued, and it is told") {
  SendingSite site;
  std::string text = "MAIL FROM:<ann@example.org>\r\n";
  for (int i = 0; i < 3 + 4; ++i) text += "RCPT TO:<r" + std::to_string(i) + "@two.example>\r\n";
  CHECK_FALSE(said(site.talk(text, true), "suspended"));
  CHECK(site.frozen.empty());
  const int refused = site.observer.counts[journal::Happening::limit_reached];
  CHECK(refused == 4);
  CHECK(said(site.talk(text + "RCPT TO:<last@two.example>\r\n", true), "suspended"));
  CHECK(site.frozen == std::vector<std::string>{"ann@example.org"});
  CHECK(site.observer.counts[journal::Happening::limit_reached] > refused);
}

// Features F6.
TEST_CASE("MX: an alias that leads away sends under a sender of ours, to whom bounces come back") {
  SendingSite site;
  CHECK(said(site.talk(message("x@one.example", {"info@example.org"}, "Subject: a\r\n\r\nText"), false), "250 2.0.0"));
  const auto items = site.queued();
  REQUIRE(items.size() == 2);
  const std::string rewritten = items[1].item.sender;
  CHECK(rewritten.starts_with("SRS0="));
  CHECK(rewritten.ends_with("=one.example=x@mx.example.org"));
  CHECK(said(site.talk(message("", {rewritten}, "Subject: bounce\r\n\r\nText"), false), "250 2.0.0"));
  REQUIRE(site.queued().size() == 3);
  CHECK(site.queued()[2].item.recipients[0].address == "x@one.example");
  std::string forged = rewritten;
  forged[6] = forged[6] == 'a' ? 'b' : 'a';
  CHECK(said(site.talk(message("", {forged}, "Subject: bounce\r\n\r\nText"), false), "550"));
}

TEST_CASE("MX: mail of a backup domain is taken for its primary, as it is") {
  SendingSite site;
  CHECK(said(site.talk(message("x@one.example", {"anybody@backup.example"}, "Subject: a\r\n\r\nText"), false),
             "250 2.0.0"));
  const auto items = site.queued();
  REQUIRE(items.size() == 1);
  CHECK(items[0].item.destination.domain == "backup.example");
  CHECK(items[0].item.sender == "x@one.example");
  SmtpOptions options;
  options.offers.etrn = true;
  CHECK(said(site.talk("ETRN backup.example\r\n", false, options), "250 2.0.0"));
  CHECK(said(site.talk("ETRN example.org\r\n", false, options), "459"));
  CHECK(site.flushed == std::vector<std::string>{"backup.example"});
  site.is_ordered = true;  // by somebody else, and it waits
  CHECK(said(site.talk("ETRN backup.example\r\n", false, options), "250 2.0.0"));
}

// RFC 3461 sections 4 and 5.
TEST_CASE("MX: what the sender asks for goes along") {
  SendingSite site;
  const std::string text =
      "MAIL FROM:<x@one.example> RET=HDRS ENVID=QQ314159\r\n"
      "RCPT TO:<a@backup.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ann+2Bold@else.example\r\n"
      "DATA\r\nSubject: a\r\n\r\nText\r\n.\r\n";
  CHECK(said(site.talk(text, false), "250 2.0.0"));
  const auto items = site.queued();
  REQUIRE(items.size() == 1);
  const queue::Recipient& recipient = items[0].item.recipients[0];
  CHECK(recipient.original == "rfc822;Ann+old@else.example");
  CHECK(recipient.notify.success);
  CHECK(recipient.notify.delay);
  CHECK_FALSE(recipient.notify.failure);
  const auto message = queue::find_message(*site.store, items[0].key.message);
  CHECK(message->envelope_id == "QQ314159");
  CHECK(message->content == queue::Return::headers);
}

// Features F14: a score, not a proof.
TEST_CASE("submission: mail that looks as if a machine sent it is taken, and rests where that is wanted") {
  const std::string bulk =
      "From: ann@example.org\r\nPrecedence: bulk\r\nList-Unsubscribe: <mailto:x@y.example>\r\n"
      "X-Mailer: phpList\r\n\r\nBuy now";
  const std::string text = message("ann@example.org", {"far@two.example", "ann@example.org"}, bulk);
  for (const OnAutomation automation : {OnAutomation::tell, OnAutomation::hold, OnAutomation::freeze}) {
    CAPTURE(static_cast<int>(automation));
    SendingSite site;
    SmtpOptions options;
    options.automation = automation;
    const std::string replies = site.talk(text, true, options);
    CHECK(said(replies, automation == OnAutomation::hold ? "250 2.7.0 " : "250 2.0.0 Stored"));
    CHECK(site.observer.counts[journal::Happening::limit_reached] == 1);
    CHECK(site.observer.counts[journal::Happening::message_accepted] == 1);
    const auto queued = site.queued();
    REQUIRE(queued.size() == 2);  // one for the other host, one for the mailbox here
    for (const queue::Listed& listed : queued) {
      CHECK(listed.item.held == (automation == OnAutomation::hold));
      CHECK(said(listed.item.last, "precedence list-unsubscribe mailer") == (automation == OnAutomation::hold));
    }
    const bool frozen = automation == OnAutomation::freeze;
    CHECK(site.frozen == (frozen ? std::vector<std::string>{"ann@example.org"} : std::vector<std::string>()));
    const std::string next = site.talk(message("ann@example.org", {"far@two.example"}, "\r\nText"), true, options);
    CHECK(said(next, "450 4.7.1") == frozen);
  }
}

TEST_CASE("submission: what a person writes does not rest") {
  SendingSite site;
  SmtpOptions options;
  options.automation = OnAutomation::hold;
  const std::string text = message("ann@example.org", {"far@two.example"}, "From: ann@example.org\r\n\r\nHello Bob");
  CHECK(said(site.talk(text, true, options), "250 2.0.0 Stored"));
  CHECK_FALSE(site.queued().front().item.held);
}

// RFC 3030: any octets by BDAT; what is queued and stored is lines.
TEST_CASE("submission: a binary message is taken and goes on in lines, its signs are seen") {
  SendingSite site;
  SmtpOptions options;
  options.offers.binary = true;
  options.automation = OnAutomation::hold;
  const std::string content(
      "From: ann@example.org\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: binary\r\n"
      "Content-Type: application/octet-stream\r\nPrecedence: bulk\r\nX-Mailer: phpList\r\n\r\n\0\n\r\xFF",
      160);
  REQUIRE(content.ends_with(std::string("\r\n\r\n\0\n\r\xFF", 8)));
  const std::string replies =
      site.talk("MAIL FROM:<ann@example.org> BODY=BINARYMIME\r\nRCPT TO:<far@two.example>\r\nBDAT " +
                    std::to_string(content.size()) + " LAST\r\n" + content + "QUIT\r\n",
                true, options);
  CHECK(said(replies, "250 2.7.0"));
  REQUIRE(site.queued().size() == 1);
  const auto kept = queue::find_message(*site.store, site.queued().front().key.message);
  REQUIRE(kept.has_value());
  CHECK_FALSE(kept->binary);
  const auto body = site.queue->read_body(*kept, 0, kept->octets);
  REQUIRE(body.has_value());
  CHECK(body->ends_with("\r\n\r\nAAoN/w==\r\n"));
  // What cannot become lines is refused whole.
  const std::string bad("X: \0\r\n\r\n", 8);
  CHECK(said(site.talk("MAIL FROM:<ann@example.org> BODY=BINARYMIME\r\nRCPT TO:<far@two.example>\r\nBDAT 8 LAST\r\n" +
                           bad + "QUIT\r\n",
                       true, options),
             "554 5.6.0"));
  CHECK(site.queued().size() == 1);
}
