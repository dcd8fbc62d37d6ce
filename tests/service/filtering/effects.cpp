#include "service/filtering/effects.h"

#include "service/filtering/site.h"

using namespace posthorn;
using namespace posthorn::filtering;
using std::chrono::days;
using std::chrono::hours;

namespace {

sieve::Vacation away(std::chrono::seconds period = days(7)) {
  return {.reason = "I am away.", .handle = "h", .period = period};
}

sieve::FileInto into(std::string mailbox) { return {.mailbox = std::move(mailbox)}; }

}  // namespace

TEST_CASE("effects: kept mail goes where mail goes, and what an owner keeps himself is no junk") {
  Door door;
  auto decision = door.decide({sieve::Keep{.implicit = true}});
  REQUIRE(decision.copies.size() == 1);
  CHECK(decision.copies[0].usual);
  door.junk = true;
  CHECK(door.decide({sieve::Keep{.implicit = true}}).copies[0].usual);
  decision = door.decide({sieve::Keep{.filing = {.flags = {{"\\seen", "Work", "\\Recent", "$Forwarded"}}}}});
  REQUIRE(decision.copies.size() == 1);
  CHECK_FALSE(decision.copies[0].usual);
  CHECK(decision.copies[0].mailbox == "INBOX");
  CHECK(decision.copies[0].flags.system == static_cast<std::uint8_t>(imap::SystemFlag::seen));
  CHECK(decision.copies[0].flags.keywords == std::vector<std::string>{"$Forwarded", "Work"});
}

TEST_CASE("effects: discarded mail leaves nothing") {
  Door door;
  const auto decision = door.decide({sieve::Discard{}});
  CHECK(decision.copies.empty());
  CHECK(decision.letters.empty());
  CHECK_FALSE(decision.refusal);
}

TEST_CASE("effects: mailboxes by name, by id and by use") {
  Door door;
  auto session = door.mailboxes->session();
  REQUIRE(session->create("Lists/one", imap::SpecialUse::none));
  const std::string id = session->status("Lists/one")->mailbox_id;
  const auto mailbox = [&](sieve::FileInto wanted) { return door.decide({std::move(wanted)}).copies.at(0).mailbox; };
  CHECK(mailbox(into("inbox")) == "INBOX");
  CHECK(mailbox({.mailbox = "fallback", .mailbox_id = id}) == "Lists/one");
  CHECK(mailbox({.mailbox = "fallback", .mailbox_id = "mno"}) == "fallback");
  CHECK(mailbox({.mailbox = "Spam", .special_use = "\\Junk"}) == "Junk");
  CHECK(mailbox({.mailbox = "Spam", .special_use = "\\junk"}) == "Junk");
  CHECK(mailbox({.mailbox = "Spam", .special_use = "\\Flagged"}) == "Spam");
  REQUIRE(session->remove("Junk"));
  const auto made = door.decide({sieve::FileInto{.mailbox = "Spam", .special_use = "\\Junk", .create = true}});
  CHECK(made.copies[0].create);
  CHECK(made.copies[0].use == imap::SpecialUse::junk);
}

// RFC 5228 section 2.10.3.
TEST_CASE("effects: INBOX by its name, by that of a missing mailbox and by none is one mailbox") {
  Door door;
  sieve::FileInto flagged = into("inbox");
  flagged.filing.flags = {{"\\Flagged"}};
  const std::vector<std::vector<sieve::Action>> scripts = {
      {sieve::Keep{}, flagged}, {flagged, into("Missing"), sieve::Keep{.implicit = true}}, {into("No"), flagged}};
  for (const auto& script : scripts) {
    const auto decision = door.decide(script);
    REQUIRE(decision.copies.size() == 1);
    CHECK(decision.copies[0].usual);
    CHECK(decision.copies[0].flags.has(imap::SystemFlag::flagged));
  }
  CHECK(door.decide({sieve::Keep{}, into("Archive")}).copies.size() == 2);
  CHECK(door.decide({sieve::Keep{}, sieve::FileInto{.mailbox = "Missing", .create = true}}).copies.size() == 2);
  // Junk that is kept by nobody's wish goes elsewhere.
  door.junk = true;
  CHECK(door.decide({sieve::Keep{.implicit = true}, flagged}).copies.size() == 2);
  const auto decision = door.decide({sieve::Keep{}, flagged, into("Missing")});
  REQUIRE(decision.copies.size() == 1);
  CHECK(decision.copies[0].mailbox == "INBOX");
}

// RFC 5228 section 2.10.3.
TEST_CASE("effects: two actions for one mailbox leave one copy with the flags of both") {
  Door door;
  auto session = door.mailboxes->session();
  for (const View name : {"Work", "Other"}) REQUIRE(session->create(name, imap::SpecialUse::none));
  sieve::FileInto first = into("Work");
  first.filing.flags = {{"a"}};
  sieve::FileInto second = into("Work");
  second.filing.flags = {{"b", "\\Flagged"}};
  sieve::FileInto changed = into("Work");
  changed.filing.message = std::make_shared<const std::string>("Subject: c\r\n\r\n");
  const auto decision = door.decide({first, second, changed, into("Other")});
  REQUIRE(decision.copies.size() == 3);
  CHECK(decision.copies[0].flags.keywords == std::vector<std::string>{"a", "b"});
  CHECK(decision.copies[0].flags.has(imap::SystemFlag::flagged));
  CHECK(*decision.copies[1].message == "Subject: c\r\n\r\n");
}

TEST_CASE("effects: a mailbox that one of two actions wants made is made, for what one of them wants it for") {
  Door door;
  const auto one = [&](sieve::FileInto first, sieve::FileInto second) {
    const auto decision = door.decide({std::move(first), std::move(second)});
    REQUIRE(decision.copies.size() == 1);
    return decision.copies[0];
  };
  CHECK(one(into("New"), {.mailbox = "New", .mailbox_id = "none", .create = true}).create);
  CHECK(one({.mailbox = "New", .mailbox_id = "none", .create = true}, into("New")).create);
  CHECK_FALSE(one(into("New"), {.mailbox = "New", .mailbox_id = "none"}).create);
  REQUIRE(door.mailboxes->session()->remove("Junk"));
  CHECK(one(into("New"), {.mailbox = "New", .special_use = "\\Junk", .create = true}).use == imap::SpecialUse::junk);
}

TEST_CASE("effects: redirected mail is what came, without what was found out here") {
  Door door;
  door.notify = {.success = true, .given = true};
  const auto decision =
      door.decide({sieve::Redirect{.address = "x@three.example"}, sieve::Redirect{.address = "X@three.example"},
                   sieve::Redirect{.address = "bob@example.net", .dsn = {.notify = "never", .ret = "HDRS"}}});
  CHECK(decision.copies.empty());
  REQUIRE(decision.letters.size() == 2);
  const delivery::Letter& letter = decision.letters[0];
  CHECK(letter.passed_on);
  CHECK_FALSE(letter.by_owner);
  CHECK(letter.sender == "b@two.example");
  CHECK(letter.to == "x@three.example");
  CHECK(letter.message.starts_with("Delivered-To: ann@example.net\r\nReceived: by mx.example.net;\r\n\t"));
  CHECK(letter.message.ends_with("+0000\r\n" + door.message.substr(door.front.size())));
  CHECK(letter.notify.success);
  CHECK(letter.original == "rfc822;ann@example.net");
  CHECK(decision.letters[1].notify.never);
  CHECK(decision.letters[1].content == queue::Return::headers);
}

TEST_CASE("effects: a redirected message that the script changed is without what was found out here, too") {
  Door door;
  const std::string rest = door.message.substr(door.front.size());
  const auto sent = [&](std::string changed) {
    const auto message = std::make_shared<const std::string>(std::move(changed));
    const std::string text =
        door.decide({sieve::Redirect{.address = "x@three.example", .message = message}}).letters.at(0).message;
    return text.substr(text.find("+0000\r\n") + 7);
  };
  CHECK(sent("X-New: 1\r\n" + door.message) == "X-New: 1\r\n" + rest);  // addheader
  const std::size_t last = door.front.rfind("\r\n", door.front.size() - 3) + 2;
  CHECK(sent(door.front.substr(0, last) + rest) == rest);  // deleteheader
  CHECK(sent("X-New: 1\r\n" + door.front.substr(door.front.find('\n') + 1) + rest) == "X-New: 1\r\n" + rest);
  // Of what came nothing is taken out, also where it says the same.
  const std::string twice = door.front + rest;
  CHECK(sent("X-New: 1\r\n" + door.front + twice) == "X-New: 1\r\n" + twice);
  CHECK(sent("no field\r\n" + door.message) == "no field\r\n" + rest);
}

TEST_CASE("effects: what cannot be redirected is kept") {
  Door door;
  for (const View address : {"no address", "", "ann@example.net", "ANN.B@example.net", "ann+tag@example.net"}) {
    CAPTURE(address);
    const auto decision = door.decide({sieve::Redirect{.address = own(address)}});
    CHECK(decision.letters.empty());
    REQUIRE(decision.copies.size() == 1);
    CHECK(decision.copies[0].usual);
  }
  CHECK(door.decide({sieve::Redirect{.address = "urn:a:list", .list = true}}).copies.size() == 1);
}

TEST_CASE("effects: mail that goes round in circles is kept") {
  Door door;
  REQUIRE(door.directory->add_alias({"team@example.net", {"ann@example.net", "bob@example.net"}}));
  CHECK(door.decide({sieve::Redirect{.address = "team@example.net"}}).letters.size() == 1);
  door.set_message("Delivered-To: bob@example.net\r\nDelivered-To: Ann@example.net\r\nSubject: a\r\n");
  auto decision = door.decide({sieve::Redirect{.address = "team@example.net"}});
  CHECK(decision.letters.empty());
  CHECK(decision.copies.size() == 1);
  std::string hops;
  for (int i = 0; i < 51; ++i) hops += "Received: by a.example; Sat, 1 Jan 2028 00:00:00 +0000\r\n";
  door.set_message(hops);
  decision = door.decide({sieve::Redirect{.address = "x@three.example"}});
  CHECK(decision.letters.empty());
  CHECK(decision.copies.size() == 1);
}

// RFC 6009 section 5.
TEST_CASE("effects: a redirected message may have a time to be delivered by") {
  Door door;
  const auto decision = door.decide({sieve::Redirect{
      .address = "x@three.example", .deliver_by = sieve::DeliverBy{.seconds = 60, .return_late = true}}});
  CHECK(decision.letters.at(0).deliver_by == door.clock.wall() + std::chrono::seconds(60));
  CHECK(decision.letters.at(0).return_late);
}

// RFC 5429 sections 2.1 and 2.2.
TEST_CASE("effects: refusals") {
  Door door;
  auto decision = door.decide({sieve::Reject{.reason = "Not\r\nyou  again"}});
  CHECK(decision.refusal == "Not you again");
  CHECK(decision.copies.empty());
  decision = door.decide({sieve::Reject{.reason = std::string(2'000, 'x')}});
  CHECK(decision.refusal->size() == 400);
  decision = door.decide({sieve::Reject{.reason = "N\xC3\xA3o"}});
  CHECK_FALSE(decision.refusal);
  REQUIRE(decision.letters.size() == 1);
  CHECK(decision.letters[0].to == "b@two.example");
  CHECK(decision.letters[0].sender.empty());
  CHECK(decision.letters[0].message.contains("N=C3=A3o"));
  CHECK_FALSE(decision.letters[0].message.contains("Authentication-Results"));
  decision = door.decide({sieve::Reject{.reason = "N\xC3\xA3o", .explicit_ = true}});
  CHECK(decision.refusal == "refused by the recipient");
  door.sender.clear();
  decision = door.decide({sieve::Reject{.reason = "N\xC3\xA3o"}});
  CHECK(decision.refusal.has_value());
  CHECK(decision.letters.empty());
}

// RFC 5230 section 4.
TEST_CASE("effects: an answer goes to the sender once in its time, for each handle") {
  Door door;
  auto decision = door.decide({sieve::Keep{.implicit = true}, away()});
  CHECK(decision.copies.size() == 1);
  REQUIRE(decision.letters.size() == 1);
  CHECK(decision.letters[0].to == "b@two.example");
  CHECK(decision.letters[0].sender.empty());
  CHECK(decision.letters[0].notify.never);
  CHECK_FALSE(decision.letters[0].passed_on);
  CHECK(decision.letters[0].message.contains("From: ann@example.net\r\n"));
  door.remember(decision);
  CHECK(door.decide({away()}).letters.empty());
  door.sender = "B@Two.Example";
  CHECK(door.decide({away()}).letters.empty());
  sieve::Vacation other = away();
  other.handle = "other";
  CHECK(door.decide({other}).letters.size() == 1);
  door.sender = "c@two.example";
  CHECK(door.decide({away()}).letters.size() == 1);
  door.sender = "b@two.example";
  door.clock.advance(days(7) - std::chrono::seconds(1));
  CHECK(door.decide({away()}).letters.empty());
  door.clock.advance(std::chrono::seconds(1));
  CHECK(door.decide({away()}).letters.size() == 1);
}

TEST_CASE("effects: the host says how often answers may go at most and at least") {
  Door door;
  const auto memory = [&](std::chrono::seconds period) { return door.decide({away(period)}).letters.at(0).memory; };
  CHECK(memory(std::chrono::seconds(0))->until == door.clock.wall() + days(1));
  CHECK(memory(days(1'000))->until == door.clock.wall() + days(180));
  door.options.vacation_min = {};
  CHECK_FALSE(memory(std::chrono::seconds(0)));  // RFC 6131: always
  CHECK(memory(std::chrono::seconds(5)));
  CHECK(door.decide({away()}).remembered.empty());  // it may not be sent
}

TEST_CASE("effects: who is not written to, is a machine, sends spam or is the owner himself is not answered") {
  Door door;
  const std::string header = "From: b@two.example\r\nSubject: a\r\n";
  door.set_message(header + "To: ann@example.net\r\n");
  CHECK(door.decide({away()}).letters.size() == 1);
  door.set_message(header + "To: list@two.example\r\n");
  CHECK(door.decide({away()}).letters.empty());
  sieve::Vacation with_list = away();
  with_list.addresses = {"List@two.example"};
  CHECK(door.decide({with_list}).letters.size() == 1);
  door.set_message(header + "To: ann.b@example.net\r\n");
  CHECK(door.decide({away()}).letters.empty());
  door.recipient = "ann.b@example.net";  // it was sent to that address
  CHECK(door.decide({away()}).letters.size() == 1);
  door.junk = true;
  CHECK(door.decide({away()}).letters.empty());
  door.junk = false;
  for (const View nobody : {"", "mailer-daemon@two.example", "ann@example.net", "ann.b@example.net"}) {
    door.sender = own(nobody);
    CHECK(door.decide({away()}).letters.empty());
  }
}

TEST_CASE("effects: an answer is from an address of the owner, and its copy is filed with it") {
  Door door;
  sieve::Vacation vacation = away();
  vacation.from = "Ann B <ann.b@example.net>";
  vacation.copy = into("Sent");
  vacation.copy->filing.flags = {{"\\Seen"}};
  const auto decision = door.decide({vacation});
  REQUIRE(decision.letters.size() == 1);
  CHECK(decision.letters[0].message.contains("From: Ann B <ann.b@example.net>\r\n"));
  REQUIRE(decision.copies.size() == 1);
  CHECK(decision.copies[0].mailbox == "Sent");
  CHECK(*decision.copies[0].message == decision.letters[0].message);
  CHECK(decision.copies[0].flags.has(imap::SystemFlag::seen));
  vacation.from = "bob@example.net";
  CHECK(door.decide({vacation}).letters[0].message.contains("From: ann@example.net\r\n"));
  door.remember(decision);
  CHECK(door.decide({vacation}).copies.empty());
}

TEST_CASE("effects: an answer that cannot be written is left out and logged") {
  Door door;
  sieve::Vacation vacation = away();
  vacation.mime = true;
  vacation.reason = "no header \r\n\r\n";
  const auto decision = door.decide({sieve::Keep{.implicit = true}, vacation});
  CHECK(decision.copies.size() == 1);
  CHECK(decision.letters.empty());
  CHECK(decision.remembered.empty());
  CHECK(door.logged.size() == 1);
}

TEST_CASE("effects: notifications go to few addresses, from the owner, and lead to none of their own") {
  Door door;
  sieve::Notify notify{.method = "mailto:a@one.example,b@one.example,c@one.example,d@one.example,e@one.example",
                       .message = "new",
                       .from = "x@three.example"};
  notify.copy = into("Sent");
  auto decision = door.decide({sieve::Keep{.implicit = true}, notify});
  CHECK(decision.letters.size() == 4);
  CHECK(decision.letters[0].message.contains("From: ann@example.net\r\n"));
  CHECK(decision.letters[0].message.contains("Subject: new\r\n"));
  CHECK(decision.letters[0].sender.empty());
  CHECK(decision.copies.size() == 2);
  notify.method = "xmpp:a@one.example";
  CHECK(door.decide({notify}).letters.empty());
  notify.method = "mailto:a@one.example";
  door.set_message("To: ann@example.net\r\nAuto-Submitted: auto-notified\r\n");
  CHECK(door.decide({notify}).letters.empty());
}

TEST_CASE("effects: what scripts keep in mind is kept as long as the host allows") {
  Door door;
  sieve::Outcome outcome = outcome_of(sieve::Discard{});
  outcome.remembered = {{"a", hours(1)}, {"b", days(400)}};
  const auto decision = door.decide(outcome);
  REQUIRE(decision.remembered.size() == 2);
  CHECK(decision.remembered[0].until == door.clock.wall() + hours(1));
  CHECK(decision.remembered[1].until == door.clock.wall() + days(30));
}

TEST_CASE("effects: the owner is told of an error once a day for each text of his script") {
  Door door;
  sieve::Outcome outcome = outcome_of(sieve::Keep{.implicit = true});
  outcome.error = sieve::Diagnostic{{4, 1}, "too many steps"};
  Script script{.key = "1", .name = "main", .personal = true};
  auto decision = door.decide(outcome, &script);
  REQUIRE(decision.copies.size() == 2);
  CHECK(decision.copies[0].usual);
  CHECK(decision.copies[1].message->contains("\"main\" stopped in line 4, column 1:"));
  CHECK(decision.copies[1].message->contains("From: MAILER-DAEMON@mx.example.net\r\n"));
  door.remember(decision);
  CHECK(door.decide(outcome, &script).copies.size() == 1);
  script.key = "2";
  CHECK(door.decide(outcome, &script).copies.size() == 2);
  door.clock.advance(days(1));
  script.key = "1";
  CHECK(door.decide(outcome, &script).copies.size() == 2);
  script.personal = false;
  CHECK(door.decide(outcome, &script).copies.size() == 1);
  CHECK(door.logged.size() == 5);
}
