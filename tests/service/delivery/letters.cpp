#include "service/delivery/letters.h"

#include <map>

#include "posthorn/testing/faulty_store.h"

#include "service/delivery/site.h"

using namespace posthorn;
using namespace posthorn::delivery;

namespace {

/// Wants what the test says, for each account.
class FakeFilter : public Filter {
 public:
  std::map<std::string, Decision> wants;  // by address; others are not asked
  int asked = 0;
  std::string message, recipient;  // of the last one
  std::size_t front = 0;
  bool junk = false;
  WallTime when{};

  Result<std::unique_ptr<Wishes>> wishes_of(const directory::Account& account) override {
    if (!wants.contains(account.address)) return nullptr;
    return std::make_unique<Asked>(*this);
  }

 private:
  struct Asked : Wishes {
    explicit Asked(FakeFilter& given) : filter(given) {}
    Result<Decision> decide(const Arrival& arrival) override { return filter.decide(arrival); }
    FakeFilter& filter;
  };

  Result<Decision> decide(const Arrival& arrival) {
    ++asked;
    message = own(arrival.message);
    recipient = own(arrival.recipient);
    front = arrival.front;
    junk = arrival.junk;
    when = arrival.when;
    return wants.at(arrival.account.address);
  }
};

Letter redirect(std::string to) {
  return {.purpose = "redirect",
          .sender = "far@two.example",
          .passed_on = true,
          .to = std::move(to),
          .message = "Subject: b\r\n\r\n"};
}

Copy copy_in(std::string mailbox) { return {.mailbox = std::move(mailbox)}; }

/// Messages that wait for a host.
std::size_t waiting_for(Site& site, View host) {
  std::size_t count = 0;
  REQUIRE(queue::each_item(site.store, [&](const queue::Listed& listed) {
    if (listed.item.destination.domain == host) ++count;
    return true;
  }));
  return count;
}

void require_ledger_sound(Site& site) {
  const auto sums = queue::check_ledger(site.store, [](View fault) { FAIL_CHECK(fault); });
  REQUIRE(sums.has_value());
}

constexpr View kAnn = "ann@example.net";
constexpr View kBob = "bob@example.net";

}  // namespace

TEST_CASE("delivery: mail goes where its owner wants it, with the flags that he wants") {
  Site site;
  FakeFilter filter;
  site.ask(filter);
  Decision& wants = filter.wants["ann@example.net"];
  wants.copies = {copy_in("Archive"), copy_in("none"), {.mailbox = "Lists/new", .create = true}, copy_in("Sent")};
  wants.copies[0].flags = {static_cast<std::uint8_t>(imap::SystemFlag::seen), {"work"}};
  wants.copies[3].message = std::make_shared<const std::string>("Subject: changed\r\n\r\n");
  wants.remembered = {{"a", site.clock.wall() + std::chrono::hours(1)}};
  REQUIRE(site.deliver(site.envelope({"ann@example.net", "bob@example.net"}))[0].has_value());
  CHECK(filter.asked == 1);
  CHECK(filter.recipient == kAnn);
  CHECK(View(filter.message).substr(0, filter.front) ==
        "Return-Path: <far@two.example>\r\nDelivered-To: ann@example.net\r\n");
  const auto archived = site.inbox(kAnn, "Archive");
  REQUIRE(archived.size() == 1);
  CHECK(archived[0] == filter.message);
  CHECK(site.inbox(kAnn).size() == 1);  // instead of "none"
  CHECK(site.inbox(kAnn, "Lists/new").size() == 1);
  CHECK(site.inbox(kAnn, "Sent") == std::vector<std::string>{"Subject: changed\r\n\r\n"});
  CHECK(site.inbox(kBob).size() == 1);
  CHECK(site.queue->size() == 0);
  const auto account = site.directory->account(kAnn);
  const auto mailboxes = site.accounts->open(account->id, {});
  const auto flags = (*mailboxes)->messages("Archive")->front().flags;
  CHECK(flags.has(imap::SystemFlag::seen));
  CHECK(flags.keywords == std::vector<std::string>{"work"});
  CHECK(*(*mailboxes)->remembers("a"));
}

TEST_CASE("delivery: junk goes where junk goes as long as its owner says nothing else") {
  Site site;
  FakeFilter filter;
  site.ask(filter);
  filter.wants["ann@example.net"].copies = {{.usual = true}};
  Envelope envelope = site.envelope({"ann@example.net"});
  envelope.judged = true;
  const Findings junk{.fields = "Found: it\r\n", .asked = directory::Enforcement::quarantine};
  REQUIRE(site.deliver(envelope, "Subject: a\r\n\r\n", junk)[0].has_value());
  CHECK(filter.junk);
  CHECK(filter.message.contains("Delivered-To: ann@example.net\r\nFound: it\r\nReceived: "));
  CHECK(site.inbox(kAnn, "Junk").size() == 1);
  filter.wants["ann@example.net"].copies = {copy_in("INBOX")};
  REQUIRE(site.deliver(envelope, "Subject: a\r\n\r\n", junk)[0].has_value());
  CHECK(site.inbox(kAnn).size() == 1);
}

TEST_CASE("delivery: what is sent on goes through the queue, once, and the ledger knows why nothing is kept") {
  Site site;
  FakeFilter filter;
  site.ask(filter);
  filter.wants["ann@example.net"].letters = {redirect("x@three.example"), redirect("nobody@example.net")};
  const WallTime came = site.clock.wall();
  REQUIRE(site.deliver(site.envelope({"ann@example.net"}))[0].has_value());
  CHECK(filter.asked == 1);
  CHECK(site.queue->size() == 1);
  site.clock.advance(std::chrono::minutes(7));
  auto work = site.queue->take(queue::Destination{});
  REQUIRE(work->has_value());
  for (int i = 0; i < 2; ++i) {  // the end of the first time was lost
    const auto outcomes = site.local->deliver(**work, *site.queue);
    REQUIRE(outcomes.size() == 1);
    // The second letter has nowhere to go: the message is kept.
    CHECK(outcomes[0].kind == queue::Outcome::Kind::stored);
  }
  CHECK(filter.asked == 2);  // a delivery that is done asks nobody
  CHECK(filter.when == came);
  CHECK(waiting_for(site, "three.example") == 1);
  CHECK(site.inbox(kAnn).size() == 1);
  REQUIRE(site.queue->finish(std::move(**work), {{.kind = queue::Outcome::Kind::stored}}));

  filter.wants["ann@example.net"].letters.pop_back();
  REQUIRE(site.deliver(site.envelope({"ann@example.net"}))[0].has_value());
  std::vector<queue::Outcome::Kind> kinds;
  for (auto next = site.queue->take(queue::Destination{}); *next; next = site.queue->take(queue::Destination{})) {
    auto outcomes = site.local->deliver(**next, *site.queue);
    for (const auto& outcome : outcomes) kinds.push_back(outcome.kind);
    REQUIRE(site.queue->finish(std::move(**next), std::move(outcomes)));
  }
  CHECK(kinds == std::vector{queue::Outcome::Kind::unkept});
  CHECK(site.inbox(kAnn).size() == 1);
  CHECK(waiting_for(site, "three.example") == 2);
  require_ledger_sound(site);
}

TEST_CASE("delivery: mail that is passed on has the sender that other hosts accept, answers have theirs") {
  Site site;
  site.options.rewrite_sender = [](View sender) { return "srs+" + own(sender); };
  FakeFilter filter;
  site.ask(filter);
  Letter answer{.purpose = "answer",
                .to = "far@two.example",
                .message = "Subject: c\r\n\r\n",
                .notify = {.never = true, .given = true}};
  filter.wants["ann@example.net"].letters = {redirect("x@three.example"), redirect("bob@example.net"), answer};
  REQUIRE(site.deliver(site.envelope({"ann@example.net"}))[0].has_value());
  site.serve_local();
  auto passed_on = site.queue->take({"three.example", {}});
  REQUIRE(passed_on->has_value());
  CHECK((*passed_on)->item.sender == "srs+far@two.example");
  CHECK((*passed_on)->message.sender == "far@two.example");
  auto answered = site.queue->take({"two.example", {}});
  REQUIRE(answered->has_value());
  CHECK((*answered)->item.sender.empty());
  CHECK((*answered)->item.recipients[0].notify.never);
  site.serve_local();
  REQUIRE(site.inbox(kBob).size() == 1);
  CHECK(site.inbox(kBob)[0].starts_with("Return-Path: <far@two.example>\r\n"));
}

TEST_CASE("delivery: mail that is passed on carries what was found out when it came, also from mailbox to mailbox") {
  Site site;
  FakeFilter filter;
  site.ask(filter);
  const Letter answer{.purpose = "answer", .to = "far@two.example", .message = "Subject: c\r\n\r\n"};
  filter.wants["ann@example.net"].letters = {redirect("x@three.example"), redirect("bob@example.net"), answer};
  filter.wants["bob@example.net"].letters = {redirect("y@four.example")};
  Envelope envelope = site.envelope({"ann@example.net"});
  envelope.judged = true;
  const std::string found = "Authentication-Results: mx.example.net; none\r\n";
  REQUIRE(site.deliver(envelope, "Subject: a\r\n\r\n", {.fields = found})[0].has_value());
  site.serve_local();
  const std::optional<queue::Seal> seal = queue::Seal{"example.net", found};
  for (const View host : {"three.example", "four.example"}) {
    const auto work = site.queue->take({own(host), {}});
    REQUIRE(work->has_value());
    CHECK((*work)->item.seal == seal);
  }
  CHECK((*site.queue->take({"two.example", {}}))->item.seal == std::nullopt);
  CHECK_FALSE(filter.message.contains("Authentication-Results"));  // which is of the second mailbox

  filter.wants["ann@example.net"].letters = {redirect("x@five.example")};
  REQUIRE(site.deliver(site.envelope({"ann@example.net"}))[0].has_value());
  site.serve_local();
  CHECK((*site.queue->take({"five.example", {}}))->item.seal == std::nullopt);
}

TEST_CASE("delivery: what is sent because of a message travels as it wishes, also from mailbox to mailbox") {
  const auto letters_go_to = [](queue::TlsWish wish, Envelope envelope, Site& site, View message) {
    FakeFilter filter;
    site.ask(filter);
    const Letter answer{.purpose = "answer", .to = "far@two.example", .message = "Subject: c\r\n\r\n"};
    filter.wants["ann@example.net"].letters = {redirect("bob@example.net"), answer};
    filter.wants["bob@example.net"].letters = {redirect("y@four.example")};
    REQUIRE(site.deliver(std::move(envelope), message)[0].has_value());
    site.serve_local();
    for (const View host : {"two.example", "four.example"}) {
      // An answer that REQUIRETLS kept from going would be lost without a word.
      const bool tells = host == "two.example" && wish == queue::TlsWish::required;
      const auto work = site.queue->take({own(host), tells ? queue::TlsWish::policy : wish});
      REQUIRE(work->has_value());
      CHECK((*work)->message.tls == wish);
    }
    CHECK(site.queue->size() == 2);  // those
  };
  for (const bool long_one : {false, true}) {
    const std::string text = "\r\n" + (long_one ? std::string(300'000, 'x') + "\r\n" : std::string("Text\r\n"));
    const std::string plain = "Subject: a\r\n" + text;
    const std::string field = "TLS-Required: No\r\n" + plain;
    for (const View message : {View(plain), View(field)}) {
      Site site;
      Envelope envelope = site.envelope({"ann@example.net"});
      envelope.wishes.tls = queue::TlsWish::required;  // stronger than the field
      letters_go_to(queue::TlsWish::required, std::move(envelope), site, message);
    }
    Site site;
    letters_go_to(queue::TlsWish::optional, site.envelope({"ann@example.net"}), site, field);
    Site as_policy;
    letters_go_to(queue::TlsWish::policy, as_policy.envelope({"ann@example.net"}), as_policy, plain);
  }
}

TEST_CASE("delivery: what an alias sends on travels as the message wishes") {
  Site site;
  REQUIRE(site.deliver(site.envelope({"info@example.net"}), "TLS-Required: No\r\n\r\n")[0].has_value());
  CHECK(site.queue->take({"one.example", queue::TlsWish::optional})->has_value());
}

TEST_CASE("delivery: a refusal is a reply where everybody gets it, else a report") {
  Site site;
  FakeFilter filter;
  site.ask(filter);
  filter.wants["ann@example.net"].refusal = "not you again";
  const auto finish = [&](Envelope envelope, std::string& why) {
    auto transaction = site.delivery->begin(std::move(envelope));
    REQUIRE((*transaction)->append("Subject: a\r\n\r\nText\r\n"));
    auto results = (*transaction)->finish();
    why = (*transaction)->refusal(0);
    return results;
  };
  std::string why;
  auto results = finish(site.envelope({"ann@example.net"}), why);
  REQUIRE_FALSE(results[0].has_value());
  CHECK(results[0].error().code == Code::denied);
  CHECK(results[0].error().lasting == Lasting::permanent);
  CHECK(why == "not you again");

  Envelope answered = site.envelope({"ann@example.net", "bob@example.net"});
  answered.each_answered = true;
  results = finish(std::move(answered), why);
  CHECK_FALSE(results[0].has_value());
  CHECK(results[1].has_value());
  CHECK(why == "not you again");
  CHECK(site.inbox(kBob).size() == 1);
  CHECK(site.queue->size() == 0);

  results = finish(site.envelope({"ann@example.net", "bob@example.net"}), why);
  CHECK(results[0].has_value());
  CHECK(results[1].has_value());
  CHECK(why.empty());
  site.serve_local();
  CHECK(site.inbox(kBob).size() == 2);
  CHECK(site.inbox(kAnn).empty());
  auto report = site.queue->take({"two.example", {}});
  REQUIRE(report->has_value());
  const auto text = site.queue->read_body((*report)->message, 0, 100'000);
  CHECK(text->contains("Final-Recipient: rfc822; ann@example.net\r\n"));
  CHECK(text->contains("\r\nStatus: 5.7.1\r\n"));
  CHECK(text->contains("not you again"));

  Envelope from_nobody = site.envelope({"ann@example.net", "bob@example.net"});
  from_nobody.sender.clear();
  results = finish(std::move(from_nobody), why);
  CHECK(results[0].has_value());
  site.serve_local();
  CHECK(waiting_for(site, "two.example") == 1);  // the report of before
  require_ledger_sound(site);
}

TEST_CASE("delivery: LMTP refuses one recipient and queues what another one sends on") {
  Site site;
  FakeFilter filter;
  site.ask(filter);
  filter.wants["ann@example.net"].refusal = "no";
  filter.wants["bob@example.net"].letters = {redirect("x@three.example")};
  Envelope envelope = site.envelope({"ann@example.net", "bob@example.net"});
  envelope.each_answered = true;
  const auto results = site.deliver(std::move(envelope));
  CHECK_FALSE(results[0].has_value());
  CHECK(results[1].has_value());
  site.serve_local();
  CHECK(waiting_for(site, "three.example") == 1);
  CHECK(waiting_for(site, "two.example") == 0);
  require_ledger_sound(site);
}

TEST_CASE("delivery: without a queue nothing is sent, and what would be is kept") {
  Site site;
  FakeFilter filter;
  site.options.queue = nullptr;
  site.ask(filter);
  filter.wants["ann@example.net"] = {.letters = {redirect("x@three.example")},
                                     .remembered = {{"a", site.clock.wall() + std::chrono::hours(1)}}};
  filter.wants["bob@example.net"].refusal = "no";
  for (const auto& result : site.deliver(site.envelope({"ann@example.net", "bob@example.net"})))
    CHECK(result.has_value());
  CHECK(site.inbox(kAnn).size() == 1);
  CHECK(site.inbox(kBob).size() == 1);
  CHECK_FALSE(site.deliver(site.envelope({"bob@example.net"}))[0].has_value());
}

TEST_CASE("delivery: the owner is asked about a long message when all of it is there") {
  Site site;
  FakeFilter filter;
  site.ask(filter);
  filter.wants["ann@example.net"].copies = {copy_in("Archive")};
  std::string message = "Subject: a\r\n\r\n";
  while (message.size() < 700'000) message += "a line of the text\r\n";
  REQUIRE(site.deliver(site.envelope({"ann@example.net"}), message)[0].has_value());
  site.serve_local();
  CHECK(filter.message.ends_with(message));
  REQUIRE(site.inbox(kAnn, "Archive").size() == 1);
  CHECK(site.inbox(kAnn, "Archive")[0] == filter.message);
  CHECK(site.inbox(kAnn).empty());
}

TEST_CASE("delivery: whatever fails, each effect is there once or the message comes again") {
  for (const bool lost : {false, true}) {
    bool failed = true;
    for (std::uint64_t at = 1; failed; ++at) {
      CAPTURE(lost);
      CAPTURE(at);
      const auto memory = store::make_memory_store();
      testing::FaultyStore faulty(*memory);
      auto site = std::make_unique<Site>(&faulty);
      FakeFilter filter;
      filter.wants["ann@example.net"] = {.copies = {copy_in("Archive"), copy_in("Sent")},
                                         .letters = {redirect("x@three.example"), redirect("y@four.example")},
                                         .remembered = {{"a", site->clock.wall() + std::chrono::hours(1)}}};
      site->ask(filter);
      auto transaction = site->delivery->begin(site->envelope({"ann@example.net"}));
      REQUIRE(transaction.has_value());
      REQUIRE((*transaction)->append("Subject: a\r\n\r\nText\r\n").has_value());
      if (lost) {
        faulty.lose_commit(at, environment_error(Code::unavailable));
      } else {
        faulty.fail_at(at, environment_error(Code::unavailable));
      }
      const bool accepted = (*transaction)->finish()[0].has_value();
      transaction->reset();
      for (int i = 0; i < 3; ++i) {  // what fails is tried again, by the queue or by the next process
        auto work = site->queue->take(queue::Destination{});
        if (!work || !*work) break;
        auto outcomes = site->local->deliver(**work, *site->queue);
        static_cast<void>(site->queue->finish(std::move(**work), std::move(outcomes)));
        site->clock.advance(std::chrono::minutes(10));
        site->queue->tick();
      }
      failed = faulty.failed();
      faulty.fail_at(1'000'000'000, environment_error(Code::unavailable));
      for (int i = 0; i < 2; ++i) {
        site->clock.advance(std::chrono::hours(5));
        site->queue->tick();
        site->serve_local();
      }
      const std::size_t copies = site->inbox(kAnn, "Archive").size();
      if (accepted) CHECK(copies == 1);
      CHECK(copies <= 1);  // a client that heard of a failure sends it again
      CHECK(site->inbox(kAnn, "Sent").size() == copies);
      CHECK(waiting_for(*site, "three.example") == copies);
      CHECK(waiting_for(*site, "four.example") == copies);
      CHECK(site->inbox(kAnn).empty());
      require_ledger_sound(*site);
    }
  }
}

TEST_CASE(
    "delivery: what may not leave now is kept where it was to be passed on, and left out where it was an answer") {
  Site site;
  FakeFilter filter;
  std::vector<std::string> asked;
  bool may = false;
  site.options.may_send = [&](const directory::Account& account, const Letter& letter) -> Result<bool> {
    asked.push_back(account.address + (letter.passed_on ? " on to " : " to ") + letter.to);
    return may;
  };
  site.ask(filter);
  Letter answer = redirect("far@two.example");
  answer.passed_on = false;
  Decision& wants = filter.wants["ann@example.net"];
  for (const bool allowed : {false, true}) {
    may = allowed;
    for (const Letter& letter : {redirect("x@three.example"), answer}) {
      wants.letters = {letter};
      REQUIRE(site.deliver(site.envelope({"ann@example.net"}))[0].has_value());
      site.serve_local();
    }
  }
  CHECK(asked == std::vector<std::string>{"ann@example.net on to x@three.example", "ann@example.net to far@two.example",
                                          "ann@example.net on to x@three.example",
                                          "ann@example.net to far@two.example"});
  CHECK(site.inbox(kAnn).size() == 1);
  CHECK(waiting_for(site, "three.example") == 1);
  CHECK(waiting_for(site, "two.example") == 1);
}

TEST_CASE("delivery: what one mailbox of an alias would send on stays there where another one fails for good") {
  Site site;
  FakeFilter filter;
  site.ask(filter);
  REQUIRE(site.directory->add_alias({"team@example.net", {"ann@example.net", "bob@example.net"}}));
  filter.wants["bob@example.net"] = {.letters = {redirect("x@three.example")},
                                     .remembered = {{"a", site.clock.wall() + std::chrono::hours(1)}}};
  const View looping = "Delivered-To: ann@example.net\r\nSubject: a\r\n\r\n";
  CHECK_FALSE(site.deliver(site.envelope({"team@example.net"}), looping)[0].has_value());
  CHECK(site.queue->size() == 0);
  CHECK(site.inbox(kBob).size() == 1);
  CHECK(site.inbox(kAnn).empty());
  const auto bob = *site.accounts->open(site.directory->account(kBob)->id, {});
  CHECK(bob->remembers("a") == false);  // it was not done
  filter.wants["bob@example.net"] = {.refusal = "no"};
  CHECK_FALSE(site.deliver(site.envelope({"team@example.net"}), looping)[0].has_value());
  CHECK(site.inbox(kBob).size() == 1);
}

TEST_CASE("delivery: what there is no room for is answered and sent on when there is, once") {
  Site site;
  FakeFilter filter;
  std::vector<std::string> counted;
  site.options.may_send = [&](const directory::Account&, const Letter& letter) -> Result<bool> {
    counted.push_back(letter.to);
    return true;
  };
  site.ask(filter);
  Letter answer = redirect("far@two.example");
  answer.passed_on = false;
  filter.wants["ann@example.net"] = {.copies = {copy_in("Archive"), {.usual = true}},
                                     .letters = {redirect("x@three.example"), answer}};
  const std::string message = "Subject: a\r\n\r\n" + std::string(10'000, 'x') + "\r\n";
  REQUIRE(site.directory->set_quota("ann@example.net", 15'000, 0));  // for one of the copies
  Envelope envelope = site.envelope({"ann@example.net"});
  envelope.sender = "far@four.example";  // who hears that it waits
  REQUIRE(site.deliver(std::move(envelope), message)[0].has_value());
  for (int i = 0; i < 3; ++i) {
    site.serve_local();
    site.clock.advance(std::chrono::hours(5));
    site.queue->tick();
  }
  CHECK(filter.asked > 1);
  CHECK(counted.empty());
  CHECK(waiting_for(site, "two.example") == 0);
  CHECK(waiting_for(site, "three.example") == 0);
  REQUIRE(site.directory->set_quota("ann@example.net", 30'000, 0));
  site.serve_local();
  CHECK(counted == std::vector<std::string>{"x@three.example", "far@two.example"});
  CHECK(waiting_for(site, "two.example") == 1);
  CHECK(waiting_for(site, "three.example") == 1);
  CHECK(site.inbox(kAnn).size() == 1);
  CHECK(site.inbox(kAnn, "Archive").size() == 1);
  require_ledger_sound(site);
}

TEST_CASE("delivery: a letter is counted when it goes, not when a delivery is tried again or it leads nowhere") {
  Site site;
  std::vector<std::string> counted;
  bool may = true;
  site.options.may_send = [&](const directory::Account&, const Letter& letter) -> Result<bool> {
    counted.push_back(letter.to);
    return may;
  };
  const directory::Account ann = *site.directory->account(View("ann@example.net"));
  const queue::Router router = make_router(*site.directory, {});
  const std::optional<queue::Seal> unsealed;
  const auto post = [&](View name, const Letter& letter) {
    Decision decision{.letters = {letter}};
    return *send(decision, {.account = ann,
                            .queue = *site.queue,
                            .router = router,
                            .options = site.options,
                            .seal = unsealed,
                            .delivery = name,
                            .since = site.clock.wall(),
                            .now = site.clock.wall()});
  };
  CHECK(post("one", redirect("x@three.example")));
  may = false;  // as when the day's letters are used up in between
  CHECK(post("one", redirect("x@three.example")));
  CHECK(counted.size() == 1);
  CHECK_FALSE(post("two", redirect("x@three.example")));
  CHECK(counted.size() == 2);
  may = true;
  CHECK_FALSE(post("three", redirect("nobody@example.net")));
  CHECK(counted.size() == 2);
  CHECK(waiting_for(site, "three.example") == 1);
}

TEST_CASE("delivery: an answer that may not go is not remembered as given") {
  Site site;
  FakeFilter filter;
  bool may = false;
  site.options.may_send = [&](const directory::Account&, const Letter&) -> Result<bool> { return may; };
  site.ask(filter);
  Letter answer = redirect("far@two.example");
  answer.passed_on = false;
  answer.memory = mailbox::Remembrance{.name = "answered", .until = site.clock.wall() + std::chrono::days(7)};
  filter.wants["ann@example.net"] = {.copies = {{.usual = true}},
                                     .letters = {answer},
                                     .remembered = {{"seen", site.clock.wall() + std::chrono::days(7)}}};
  const auto ann = *site.accounts->open(site.directory->account(kAnn)->id, {});
  for (const bool allowed : {false, true}) {
    may = allowed;
    REQUIRE(site.deliver(site.envelope({"ann@example.net"}))[0].has_value());
    site.serve_local();
    CHECK(ann->remembers("answered") == allowed);
    CHECK(ann->remembers("seen") == true);
  }
  CHECK(site.inbox(kAnn).size() == 2);
}
