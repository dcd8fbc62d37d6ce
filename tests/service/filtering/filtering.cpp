// Real scripts at a real delivery: files, flags, redirects, answers, refusals; once, whatever fails.
#include "posthorn/service/filtering/filtering.h"

#include <filesystem>
#include <map>

#include "posthorn/service/store/sqlite.h"
#include "posthorn/testing/faulty_store.h"

#include "service/delivery/site.h"
#include "service/store/scratch.h"

using namespace posthorn;
using namespace posthorn::filtering;

namespace {

constexpr View kAnn = "ann@example.net";

/// Scripts by account; "*" is in front of all.
class FakeScripts : public Scripts {
 public:
  std::map<std::string, std::string> texts;
  std::map<std::string, std::string> to_include;
  std::optional<Error> failure;
  int read = 0;

  Result<std::vector<Script>> of(const directory::Account& account) override {
    ++read;
    if (failure) return fail(*failure);
    std::vector<Script> scripts;
    for (const std::string& name : {std::string("*"), account.address}) {
      if (texts.contains(name)) scripts.push_back(script(name, texts.at(name), name != "*"));
    }
    return scripts;
  }
  Result<std::optional<Script>> included(const directory::Account&, sieve::Location, View name) override {
    const auto known = to_include.find(own(name));
    if (known == to_include.end()) return std::nullopt;
    return script(known->first, known->second, true);
  }

 private:
  static Script script(const std::string& name, const std::string& text, bool personal) {
    return {.key = name + text, .name = name, .personal = personal, .text = std::make_shared<const std::string>(text)};
  }
};

struct Filtered : delivery::Site {
  explicit Filtered(store::Store* other = nullptr, std::uint64_t seed = 1) : delivery::Site(other, seed) {
    ask(*filter);
  }

  std::vector<Result<void>> take(View message) { return deliver(envelope({"ann@example.net"}), message); }

  /// Lets the queue serve the mailboxes here until nothing waits for them.
  void settle() {
    for (int i = 0; i < 3; ++i) {
      serve_local();
      clock.advance(std::chrono::hours(5));
      queue->tick();
    }
  }

  std::vector<std::string> sent_to(View host) {
    std::vector<std::string> mail;
    REQUIRE(queue::each_item(store, [&](const queue::Listed& listed) {
      if (listed.item.destination.domain == host) mail.push_back(listed.item.sender);
      return true;
    }));
    return mail;
  }

  FakeScripts scripts;
  std::vector<std::string> logged;
  std::unique_ptr<delivery::Filter> filter =
      make_filter(scripts, *directory, clock, random,
                  {.host_name = "mx.example.net", .log = [this](View, View what) { logged.push_back(own(what)); }});
};

std::string about(View subject) {
  return "From: far@two.example\r\nTo: ann@example.net\r\nSubject: " + own(subject) + "\r\n\r\nText\r\n";
}

constexpr View kScript =
    "require [\"fileinto\", \"imap4flags\", \"copy\", \"vacation\", \"ereject\", \"mailbox\", \"envelope\"];\r\n"
    "if header :is \"subject\" \"no\" { ereject \"not this\"; stop; }\r\n"
    "if header :is \"subject\" \"gone\" { discard; stop; }\r\n"
    "if header :is \"subject\" \"work\" { fileinto :create :flags [\"\\\\Seen\", \"work\"] \"Work/new\"; stop; }\r\n"
    "if header :is \"subject\" \"both\" { fileinto :copy \"Archive\"; redirect \"x@three.example\"; }\r\n"
    "if header :is \"subject\" \"hello\" { vacation \"I am away.\"; }\r\n";

/// A process on the files of a store: when it ends, only these are left.
struct Process {
  Process(const std::string& folder, std::uint64_t seed)
      : files(*store::open_sqlite_store({.directory = folder, .shards = 1})), store(*files), site(&store, seed) {
    site.scripts.texts["ann@example.net"] = own(kScript);
  }

  /// Takes mail in and serves it until the nth operation, where it ends. @returns whether the client heard a yes
  bool take_until(std::uint64_t nth, View message) {
    const delivery::Envelope envelope = site.envelope({"ann@example.net"});
    store.fail_from(nth, environment_error(Code::unavailable));
    auto transaction = site.delivery->begin(envelope);
    const bool accepted = transaction && (*transaction)->append(message) && (*transaction)->finish()[0];
    auto work = site.queue->take(queue::Destination{});
    if (work && *work) {
      auto outcomes = site.local->deliver(**work, *site.queue);
      static_cast<void>(site.queue->finish(std::move(**work), std::move(outcomes)));
    }
    return accepted;
  }

  std::size_t count(View mailbox) {
    const auto account = site.accounts->open(site.directory->account(kAnn)->id, {});
    const auto messages = (*account)->messages(mailbox);  // the mailbox may not be there
    return messages ? messages->size() : 0;
  }
  /// Messages in mailboxes, and how often ann's mail was sent on and answered.
  std::vector<std::size_t> effects() {
    return {count("INBOX"), count("Archive"), count("Work/new"), site.sent_to("three.example").size(),
            site.sent_to("two.example").size()};
  }

  std::unique_ptr<store::Store> files;
  testing::FaultyStore store;
  Filtered site;
};

}  // namespace

TEST_CASE("filtering: who has no script is not asked") {
  Filtered site;
  CHECK(*site.filter->wishes_of(*site.directory->account(kAnn)) == nullptr);
  REQUIRE(site.take(about("a"))[0]);
  CHECK(site.inbox(kAnn).size() == 1);
}

TEST_CASE("filtering: mail is filed as the script says") {
  Filtered site;
  site.scripts.texts["ann@example.net"] = own(kScript);
  REQUIRE(site.take(about("other"))[0]);
  CHECK(site.scripts.read == 1);
  REQUIRE(site.take(about("work"))[0]);
  REQUIRE(site.take(about("gone"))[0]);
  CHECK(site.inbox(kAnn).size() == 1);
  CHECK(site.inbox(kAnn, "Work/new").size() == 1);
  const auto account = site.directory->account(kAnn);
  const auto flags = (*site.accounts->open(account->id, {}))->messages("Work/new")->front().flags;
  CHECK(flags.has(imap::SystemFlag::seen));
  CHECK(flags.keywords == std::vector<std::string>{"work"});
  CHECK(site.queue->size() == 0);
}

TEST_CASE("filtering: mail is refused as the script says") {
  Filtered site;
  site.scripts.texts["ann@example.net"] = own(kScript);
  auto transaction = site.delivery->begin(site.envelope({"ann@example.net"}));
  REQUIRE((*transaction)->append(about("no")));
  CHECK((*transaction)->finish()[0].error().code == Code::denied);
  CHECK((*transaction)->refusal(0) == "not this");
}

TEST_CASE("filtering: mail is sent on and answered, once") {
  Filtered site;
  site.scripts.texts["ann@example.net"] = own(kScript);
  REQUIRE(site.take(about("both"))[0]);
  REQUIRE(site.take(about("hello"))[0]);
  REQUIRE(site.take(about("hello"))[0]);
  site.settle();
  CHECK(site.inbox(kAnn, "Archive").size() == 1);
  CHECK(site.inbox(kAnn).size() == 2);
  CHECK(site.sent_to("three.example") == std::vector<std::string>{"far@two.example"});
  CHECK(site.sent_to("two.example") == std::vector<std::string>{""});
}

TEST_CASE("filtering: two who send everything to each other get one copy") {
  Filtered site;
  site.scripts.texts["ann@example.net"] = "redirect \"bob@example.net\";\r\n";
  site.scripts.texts["bob@example.net"] = "redirect \"ann@example.net\";\r\n";
  REQUIRE(site.take(about("a"))[0]);
  site.settle();
  CHECK(site.inbox(kAnn).size() + site.inbox("bob@example.net").size() == 1);
  CHECK(site.queue->size() == 0);
}

TEST_CASE("filtering: scripts of the host run around the owner's, and others are included") {
  Filtered site;
  site.scripts.texts["*"] = "if header :is \"subject\" \"gone\" { discard; }\r\n";
  site.scripts.texts["ann@example.net"] =
      "require [\"include\", \"fileinto\"];\r\ninclude \"mine\";\r\nfileinto \"Sent\";\r\n";
  site.scripts.to_include["mine"] =
      "require \"fileinto\";\r\nif header :is \"subject\" \"a\" { fileinto \"Archive\"; stop; }\r\n";
  REQUIRE(site.take(about("gone"))[0]);
  CHECK(site.inbox(kAnn, "Sent").empty());
  REQUIRE(site.take(about("a"))[0]);
  CHECK(site.inbox(kAnn, "Archive").size() == 1);
  REQUIRE(site.take(about("b"))[0]);
  CHECK(site.inbox(kAnn, "Sent").size() == 1);
  CHECK(site.inbox(kAnn).empty());
}

TEST_CASE("filtering: a script that fails keeps the mail, and its owner is told") {
  Filtered site;
  site.scripts.texts["ann@example.net"] = "no such command;\r\n";
  REQUIRE(site.take(about("a"))[0]);
  REQUIRE(site.take(about("b"))[0]);
  CHECK(site.inbox(kAnn).size() == 3);
  CHECK(site.logged.size() == 2);
  site.scripts.texts["*"] = "nor this;\r\n";
  site.scripts.texts.erase("ann@example.net");
  REQUIRE(site.take(about("c"))[0]);
  CHECK(site.inbox(kAnn).size() == 4);
}

TEST_CASE("filtering: an error of the owner's script takes nothing from the host's, and he is told of his own only") {
  Filtered site;
  site.scripts.texts["*"] = "require \"copy\";\r\nredirect :copy \"journal@three.example\";\r\n";
  for (const View script :
       {"require \"ihave\";\r\nredirect \"x@two.example\";\r\nerror \"x\";\r\n", "no such command;\r\n"}) {
    CAPTURE(script);
    const std::size_t journalled = site.sent_to("three.example").size();
    const std::size_t kept = site.inbox(kAnn).size();
    site.scripts.texts["ann@example.net"] = own(script);
    REQUIRE(site.take(about("a"))[0]);
    site.settle();
    CHECK(site.sent_to("three.example").size() == journalled + 1);
    CHECK(site.sent_to("two.example").empty());
    CHECK(site.inbox(kAnn).size() == kept + 2);  // with what she is told
  }
  const std::size_t kept = site.inbox(kAnn).size();
  site.logged.clear();
  site.scripts.texts["*"] = "require \"ihave\";\r\nerror \"of the host\";\r\n";
  site.scripts.texts["ann@example.net"] = "keep;\r\n";
  REQUIRE(site.take(about("a"))[0]);
  CHECK(site.inbox(kAnn).size() == kept + 1);
  REQUIRE(site.logged.size() == 1);
  CHECK(site.logged[0].contains("script * stopped in line 2: of the host"));
  site.scripts.texts["ann@example.net"] = "no such command, again;\r\n";
  REQUIRE(site.take(about("a"))[0]);
  CHECK(site.inbox(kAnn).size() == kept + 3);
  CHECK(site.logged.size() == 3);
}

TEST_CASE("filtering: what fails in passing is no fault of the script: the mail comes again") {
  Filtered site;
  site.scripts.failure = environment_error(Code::unavailable);
  const auto results = site.take(about("a"));
  REQUIRE_FALSE(results[0]);
  CHECK(results[0].error().lasting == Lasting::transient);
  CHECK(site.inbox(kAnn).empty());
}

TEST_CASE("filtering: whatever fails, what a script wants happens once") {
  for (const View subject : {"both", "hello", "work"}) {
    bool failed = true;
    for (std::uint64_t at = 1; failed; ++at) {
      CAPTURE(subject);
      CAPTURE(at);
      const auto memory = store::make_memory_store();
      testing::FaultyStore faulty(*memory);
      Filtered site(&faulty);
      site.scripts.texts["ann@example.net"] = own(kScript);
      auto transaction = site.delivery->begin(site.envelope({"ann@example.net"}));
      REQUIRE((*transaction)->append(about(subject)));
      faulty.fail_at(at, environment_error(Code::unavailable));
      const bool accepted = (*transaction)->finish()[0].has_value();
      auto work = site.queue->take(queue::Destination{});
      if (work && *work) {
        auto outcomes = site.local->deliver(**work, *site.queue);
        static_cast<void>(site.queue->finish(std::move(**work), std::move(outcomes)));
      }
      failed = faulty.failed();
      faulty.fail_at(1'000'000'000, environment_error(Code::unavailable));
      site.settle();
      const auto account = site.accounts->open(site.directory->account(kAnn)->id, {});
      const auto work_mail = (*account)->messages("Work/new");  // the mailbox may not be there
      const std::size_t copies =
          site.inbox(kAnn).size() + site.inbox(kAnn, "Archive").size() + (work_mail ? work_mail->size() : 0);
      CHECK(copies == (accepted ? 1 : 0));
      CHECK(site.sent_to("three.example").size() == (accepted && subject == "both" ? 1 : 0));
      CHECK(site.sent_to("two.example").size() == (accepted && subject == "hello" ? 1 : 0));
    }
  }
}

TEST_CASE("filtering: wherever a process ends, the next one on its files brings about what a script wants, once") {
  const store::Scratch scratch;
  const std::string fresh = scratch.path("fresh");
  {
    const Process first(fresh, 1);
  }
  const std::map<View, std::vector<std::size_t>> wanted = {
      {"both", {0, 1, 0, 1, 0}}, {"hello", {1, 0, 0, 0, 1}}, {"work", {0, 0, 1, 0, 0}}};
  for (const auto& [subject, effects] : wanted) {
    bool died = true;
    for (std::uint64_t at = 1; died; ++at) {
      CAPTURE(subject);
      CAPTURE(at);
      const std::string folder = scratch.path(own(subject) + std::to_string(at));
      std::filesystem::copy(fresh, folder, std::filesystem::copy_options::recursive);
      bool accepted = false;
      {
        Process process(folder, 2);
        accepted = process.take_until(at, about(subject));
        died = process.store.failed();
      }
      Process next(folder, 3);
      if (!accepted) REQUIRE(next.site.take(about(subject))[0]);
      next.site.settle();
      CHECK(next.effects() == effects);
      CHECK(next.site.queue->size() == effects[3] + effects[4]);
      CHECK(queue::check_ledger(next.store, [](View fault) { FAIL_CHECK(fault); }).has_value());
      // What was answered is remembered as well.
      REQUIRE(next.site.take(about("hello"))[0]);
      next.site.settle();
      CHECK(next.effects()[4] == 1);
      std::filesystem::remove_all(folder);
    }
  }
}
