// Scripts behind what IMAP sessions do (RFC 6785), in mailboxes of the one who does it and of others.
#include "posthorn/service/filtering/imap_events.h"

#include <map>

#include "posthorn/service/filtering/filtering.h"
#include "posthorn/testing/faulty_store.h"

#include "service/delivery/site.h"

using namespace posthorn;
using namespace posthorn::filtering;

namespace {

constexpr View kAnn = "ann@example.net";
constexpr View kBob = "bob@example.net";
constexpr View kText = "From: far@two.example\r\nSubject: hello\r\n\r\nText\r\n";

/// By "owner name".
class NamedScripts : public Scripts {
 public:
  std::map<std::string, std::string> texts;
  Result<std::vector<Script>> of(const directory::Account&) override {
    return std::vector<Script>{
        {.key = "active", .name = "active", .text = std::make_shared<const std::string>("discard;")}};
  }
  Result<std::optional<Script>> included(const directory::Account& account, sieve::Location where, View name) override {
    const auto known = texts.find(account.address + " " + own(name));
    if (where != sieve::Location::personal || known == texts.end()) return std::nullopt;
    return Script{.key = known->first + known->second,
                  .name = own(name),
                  .personal = true,
                  .text = std::make_shared<const std::string>(known->second)};
  }
};

struct Watching : delivery::Site {
  explicit Watching(store::Store* other = nullptr) : Site(other) {
    options.filter = filter.get();
    watch();
    for (const View name : {"A", "B"}) REQUIRE(ann->create(name, imap::SpecialUse::none));
  }

  void watch() {
    events = make_imap_events(*directory, clock, options,
                              {.messages = 3, .log = [this](View, View what) { logged.push_back(own(what)); }});
    ann = session(kAnn);
  }

  sharing::User user(View address) {
    const auto account = *directory->account(address);
    return {account, *accounts->open(account.id, {}), {}};
  }
  std::unique_ptr<imap::Mailboxes> session(View address) {
    const sharing::User who = user(address);
    return events->watch(sharing::open_namespaces({*directory, *accounts}, who, {}), who);
  }

  /// The mailbox "A" of Ann has this script.
  void script(View text) {
    scripts.texts["ann@example.net a"] =
        "require [\"imapsieve\", \"environment\", \"variables\", \"imap4flags\", "
        "\"fileinto\", \"copy\", \"editheader\", \"enotify\"];\r\n" +
        own(text);
    set("A", "a");
  }
  void set(View mailbox, std::optional<std::string> name) {
    const imap::MetadataEntry entries[] = {{own(mailbox::kEventScript), std::move(name)}};
    REQUIRE(ann->set_metadata(mailbox, entries));
  }

  static void append(imap::Mailboxes& session, View mailbox, View text = kText, const imap::Flags& flags = {}) {
    auto append = session.append(mailbox);
    REQUIRE(append.has_value());
    REQUIRE((*append)->begin(flags, std::nullopt));
    REQUIRE((*append)->announce(text.size()));
    REQUIRE((*append)->write(text));
    REQUIRE((*append)->finish());
  }

  /// The flags of each message: "\Seen work; ".
  std::string flags_in(View mailbox) {
    const auto view = *user(kAnn).mail->session()->select(mailbox, true);
    std::string text;
    for (std::uint32_t n = 1; n <= view->exists(); ++n) {
      const imap::Flags& flags = view->facts(imap::SeqNum{n}).flags;
      for (const auto& [flag, word] : {std::pair(imap::SystemFlag::seen, "\\Seen "),
                                       {imap::SystemFlag::flagged, "\\Flagged "},
                                       {imap::SystemFlag::deleted, "\\Deleted "}})
        text += flags.has(flag) ? word : "";
      for (const std::string& keyword : flags.keywords) text += keyword + " ";
      text += "; ";
    }
    return text;
  }

  std::vector<std::string> sent() {
    std::vector<std::string> mail;
    REQUIRE(queue::each_item(store, [&](const queue::Listed& listed) {
      for (const auto& recipient : listed.item.recipients) mail.push_back(listed.item.sender + " " + recipient.address);
      return true;
    }));
    return mail;
  }

  NamedScripts scripts;
  std::vector<std::string> logged;
  std::unique_ptr<delivery::Filter> filter =
      make_filter(scripts, *directory, clock, random,
                  {.host_name = "mx.example.net", .log = [this](View, View what) { logged.push_back(own(what)); }});
  std::unique_ptr<ImapEvents> events;
  std::unique_ptr<imap::Mailboxes> ann;
};

/// Says by flags what happened: the words of all items.
constexpr View kTell =
    "if environment :matches \"imap.cause\" \"*\" { addflag \"${1}\"; }\r\n"
    "if environment :matches \"imap.mailbox\" \"*\" { addflag \"in-${1}\"; }\r\n"
    "if environment :matches \"imap.user\" \"*@*\" { addflag \"by-${1}\"; }\r\n"
    "if environment :matches \"imap.changedflags\" \"*\" { addflag \"changed-${1}\"; }\r\n"
    "if environment :matches \"location\" \"*\" { addflag \"at-${1}\"; }\r\n"
    "if environment :matches \"phase\" \"*\" { addflag \"${1}\"; }\r\n";

const std::vector<imap::SeqNum> kFirst = {imap::SeqNum{1}};
const imap::Flags kSeen{.system = static_cast<std::uint8_t>(imap::SystemFlag::seen), .keywords = {}};

}  // namespace

TEST_CASE("imap events: APPEND, COPY and MOVE run the script of the target (RFC 6785 sections 2.2.1 and 2.2.2)") {
  Watching site;
  site.script(kTell);
  site.append(*site.ann, "A");
  CHECK(site.flags_in("A") == "APPEND at-MS by-ann changed- in-A post ; ");
  site.append(*site.ann, "B");
  CHECK(site.flags_in("B") == "; ");
  const auto b = *site.ann->select("B", false);
  REQUIRE(b->copy(kFirst, "A"));
  REQUIRE(b->move(kFirst, "A"));
  CHECK(site.flags_in("B").empty());
  CHECK(site.flags_in("A") ==
        "APPEND at-MS by-ann changed- in-A post ; COPY at-MS by-ann changed- in-A post ; "
        "COPY at-MS by-ann changed- in-A post ; ");
}

TEST_CASE("imap events: several messages are several events, and REPLACE is an APPEND") {
  Watching site;
  site.script("addflag \"once\"; fileinto :copy \"B\";");
  auto append = *site.ann->append("A");
  for (int i = 0; i < 3; ++i) {
    REQUIRE(append->begin({}, std::nullopt));
    REQUIRE(append->write(kText));
  }
  REQUIRE(append->finish());
  CHECK(site.flags_in("A") == "once ; once ; once ; ");
  CHECK(site.flags_in("B") == "once ; once ; once ; ");
  const auto a = *site.ann->select("A", false);
  auto replacement = *a->replace(imap::SeqNum{1}, "A");
  REQUIRE(replacement->begin(kSeen, std::nullopt));
  REQUIRE(replacement->write(kText));
  REQUIRE(replacement->finish());
  CHECK(site.flags_in("A") == "once ; once ; \\Seen once ; ");
}

TEST_CASE("imap events: flags that change run the script once, and what it changes runs none (section 2.2.3)") {
  Watching site;
  site.append(*site.ann, "A");
  site.script(
      "if environment \"imap.changedflags\" \"\\\\Seen\" { addflag \"changed\"; }\r\n"
      "if hasflag \"\\\\Seen\" { addflag \"read\"; } " +
      own(kTell));
  const auto a = *site.ann->select("A", false);
  REQUIRE(a->store_flags(kFirst, imap::FlagChange::add, kSeen, std::nullopt));
  CHECK(site.flags_in("A") == "\\Seen FLAG at-MS by-ann changed in-A post read ; ");
  // The session that did it hears of the script's part as of that of others.
  CHECK(a->poll(true)->size() == 1);
  site.script("setflag \"again\";");
  REQUIRE(a->store_flags(kFirst, imap::FlagChange::add, kSeen, std::nullopt));
  CHECK(site.flags_in("A").find("again") == std::string::npos);  // nothing was changed
  const imap::Flags other{.system = 0, .keywords = {"read"}};
  REQUIRE(a->store_flags(kFirst, imap::FlagChange::remove, other, std::nullopt));
  CHECK(site.flags_in("A") == "again ; ");
}

TEST_CASE("imap events: fileinto makes a copy, and what is not kept gets \\Deleted (sections 3.3 and 3.5)") {
  Watching site;
  site.script("fileinto \"B\";");
  site.append(*site.ann, "A", kText, kSeen);
  CHECK(site.flags_in("A") == "\\Seen \\Deleted ; ");
  CHECK(site.flags_in("B") == "\\Seen ; ");
  CHECK(site.inbox(kAnn, "B") == std::vector<std::string>{own(kText)});
  site.script("discard;");
  site.append(*site.ann, "A");
  CHECK(site.flags_in("A") == "\\Seen \\Deleted ; \\Deleted ; ");
  site.script("discard; keep;");
  site.append(*site.ann, "A");
  CHECK(site.flags_in("A") == "\\Seen \\Deleted ; \\Deleted ; ; ");
}

TEST_CASE("imap events: what is changed of a message is not changed where it lies (sections 3.1 and 3.7)") {
  Watching site;
  site.script("addheader \"X-New\" \"1\"; fileinto :copy \"B\";");
  site.append(*site.ann, "A");
  CHECK(site.inbox(kAnn, "A") == std::vector<std::string>{own(kText)});
  CHECK(site.inbox(kAnn, "B") == std::vector<std::string>{"X-New: 1\r\n" + own(kText)});
}

TEST_CASE("imap events: redirect sends in the name of the owner, also mail that was delivered (section 3.4)") {
  Watching site;
  site.script("if header \"subject\" \"hello\" { redirect :copy \"far@three.example\"; }");
  site.append(*site.ann, "A", "Return-Path: <far@two.example>\r\nDelivered-To: ann@example.net\r\n" + own(kText));
  CHECK(site.sent() == std::vector<std::string>{"ann@example.net far@three.example"});
  CHECK(site.flags_in("A") == "; ");
  // Each event sends.
  const auto a = *site.ann->select("A", false);
  REQUIRE(a->store_flags(kFirst, imap::FlagChange::add, kSeen, std::nullopt));
  CHECK(site.sent().size() == 2);
  site.script("redirect \"far@three.example\";");
  site.append(*site.ann, "A");
  CHECK(site.sent().size() == 3);
  CHECK(site.flags_in("A") == "\\Seen ; \\Deleted ; ");
}

TEST_CASE("imap events: what is sent is the owner's own mail, to be counted and stopped as such") {
  Watching site;
  std::vector<bool> own_mail;
  site.options.may_send = [&](const directory::Account& account, const delivery::Letter& letter) -> Result<bool> {
    CHECK(account.address == kAnn);
    own_mail.push_back(letter.by_owner);
    return false;
  };
  site.watch();
  site.script("redirect \"far@three.example\"; notify \"mailto:far@four.example\";");
  site.append(*site.ann, "A");
  CHECK(own_mail == std::vector{true, true});
  CHECK(site.sent().empty());
  CHECK(site.flags_in("A") == "; ");  // what may not be passed on is kept
}

TEST_CASE("imap events: the mailbox names its script, else the server does (section 2.3.1)") {
  Watching site;
  site.scripts.texts["ann@example.net all"] = "require \"imap4flags\"; setflag \"all\";";
  site.set("", "all");
  site.append(*site.ann, "B");
  CHECK(site.flags_in("B") == "all ; ");
  site.set("B", "");
  site.append(*site.ann, "B");
  CHECK(site.flags_in("B") == "all ; ; ");
  site.set("B", "no such script");
  site.append(*site.ann, "B");
  CHECK(site.flags_in("B") == "all ; ; ; ");
  site.set("B", std::nullopt);
  site.append(*site.ann, "B");
  CHECK(site.flags_in("B") == "all ; ; ; all ; ");
  site.set("", std::nullopt);
  site.append(*site.ann, "B");
  CHECK(site.flags_in("B") == "all ; ; ; all ; ; ");
}

TEST_CASE("imap events: a script that fails leaves the message and tells its owner") {
  Watching site;
  site.scripts.texts["ann@example.net a"] = "require \"vacation\"; vacation \"away\";";
  site.set("A", "a");
  site.append(*site.ann, "A");
  CHECK(site.flags_in("A") == "; ");
  const auto told = site.inbox(kAnn);
  REQUIRE(told.size() == 1);
  CHECK(told.front().find("vacation") != std::string::npos);
  CHECK(site.sent().empty());
}

TEST_CASE("imap events: in a mailbox of somebody else its owner's script runs, in his name") {
  Watching site;
  site.script("redirect :copy \"far@three.example\"; fileinto :copy \"B\"; " + own(kTell));
  REQUIRE(site.ann->set_acl("A", "bob@example.net", imap::RightsChange::replace, *imap::parse_rights("lrsi")));
  const auto bob = site.session(kBob);
  site.append(*bob, "#Shared/ann@example.net/A");
  CHECK(site.flags_in("A") == "APPEND at-MS by-bob changed- in-A post ; ");
  CHECK(site.inbox(kAnn, "B").size() == 1);
  CHECK(site.sent() == std::vector<std::string>{"ann@example.net far@three.example"});
  // From an account into another one.
  site.append(*bob, "INBOX");
  const auto inbox = *bob->select("INBOX", false);
  REQUIRE(inbox->copy(kFirst, "#Shared/ann@example.net/A"));
  CHECK(site.flags_in("A") == "APPEND at-MS by-bob changed- in-A post ; COPY at-MS by-bob changed- in-A post ; ");
  CHECK(site.logged.empty());
}

TEST_CASE("imap events: what a guest has read is his own, and no event") {
  Watching site;
  site.append(*site.ann, "A");
  site.script("if environment :matches \"imap.changedflags\" \"*\" { addflag \"${1}\"; } addflag \"ran\";");
  REQUIRE(site.ann->set_acl("A", "bob@example.net", imap::RightsChange::replace, *imap::parse_rights("lrsw")));
  const auto bob = site.session(kBob);
  const auto theirs = *bob->select("#Shared/ann@example.net/A", false);
  REQUIRE(theirs->store_flags(kFirst, imap::FlagChange::add, kSeen, std::nullopt));
  CHECK(site.flags_in("A") == "; ");
  // What is not his own is an event, of which that is no part.
  const imap::Flags flagged{.system = static_cast<std::uint8_t>(imap::SystemFlag::flagged), .keywords = {}};
  REQUIRE(theirs->store_flags(kFirst, imap::FlagChange::add, flagged, std::nullopt));
  CHECK(site.flags_in("A") == "\\Flagged ran ; ");
  // Where \Seen is everybody's, it is one.
  const sharing::User who = site.user(kBob);
  const auto open =
      site.events->watch(sharing::open_namespaces({*site.directory, *site.accounts}, who, {.own_seen = false}), who);
  REQUIRE((*open->select("#Shared/ann@example.net/A", false))
              ->store_flags(kFirst, imap::FlagChange::add, kSeen, std::nullopt));
  CHECK(site.flags_in("A") == "\\Seen \\Flagged ran ; ");
}

// RFC 8689 section 3.
TEST_CASE("imap events: what is sent travels as the message wishes") {
  Watching site;
  site.script("redirect :copy \"far@three.example\";");
  site.append(*site.ann, "A");
  CHECK((*site.queue->take({"three.example", queue::TlsWish::policy})).has_value());
  site.append(*site.ann, "A", "TLS-Required: No\r\n" + own(kText));
  const auto work = *site.queue->take({"three.example", queue::TlsWish::optional});
  REQUIRE(work.has_value());
  CHECK(work->message.tls == queue::TlsWish::optional);
}

TEST_CASE("imap events: a command runs a script for so many messages, and the log tells of the others") {
  Watching site;
  for (int i = 0; i < 4; ++i) site.append(*site.ann, "A");
  site.script("addflag \"ran\";");
  const auto a = *site.ann->select("A", false);
  const std::vector<imap::SeqNum> all = {imap::SeqNum{1}, imap::SeqNum{2}, imap::SeqNum{3}, imap::SeqNum{4}};
  REQUIRE(a->store_flags(std::span(all).first(3), imap::FlagChange::add, kSeen, std::nullopt));
  CHECK(site.flags_in("A") == "\\Seen ran ; \\Seen ran ; \\Seen ran ; ; ");
  CHECK(site.logged.empty());
  REQUIRE(a->store_flags(all, imap::FlagChange::replace, {}, std::nullopt));
  CHECK(site.flags_in("A") == "ran ; ran ; ran ; ; ");
  CHECK(site.logged.empty());  // the fourth was not changed
  REQUIRE(a->store_flags(all, imap::FlagChange::replace, kSeen, std::nullopt));
  CHECK(site.flags_in("A") == "\\Seen ran ; \\Seen ran ; \\Seen ran ; \\Seen ; ");
  CHECK(site.logged ==
        std::vector<std::string>{"the script a of the mailbox A runs for the first 3 of 4 messages of one command"});
}

TEST_CASE("imap events: a mailbox without a script costs three rows for each command") {
  const auto memory = store::make_memory_store();
  testing::FaultyStore counting(*memory);
  Watching site(&counting);
  site.append(*site.ann, "A");
  site.append(*site.ann, "A");
  const sharing::User who = site.user(kAnn);
  const auto unwatched = sharing::open_namespaces({*site.directory, *site.accounts}, who, {}).mailboxes;
  const auto cost = [&](imap::Mailboxes& session) {
    const auto a = *session.select("A", false);
    REQUIRE(a->store_flags(kFirst, imap::FlagChange::replace, kSeen, std::nullopt));
    const std::uint64_t before = counting.operations();
    REQUIRE(a->store_flags(kFirst, imap::FlagChange::replace, {}, std::nullopt));
    return counting.operations() - before;
  };
  CHECK(cost(*site.ann) <= cost(*unwatched) + 3);
}

TEST_CASE("imap events: without a queue nothing is sent, and the message stays") {
  Watching site;
  site.options.queue = nullptr;
  site.events = make_imap_events(*site.directory, site.clock, site.options, {});
  site.ann = site.session(kAnn);
  site.script("redirect \"far@three.example\";");
  site.append(*site.ann, "A");
  CHECK(site.flags_in("A") == "; ");
}
