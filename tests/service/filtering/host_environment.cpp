#include "service/filtering/host_environment.h"

#include "posthorn/testing/faulty_store.h"

#include "service/filtering/site.h"

using namespace posthorn;
using namespace posthorn::filtering;

namespace {

struct Asked {
  explicit Asked(Door& at) : door(at), arrival(at.arrival()), home(arrival, *at.directory) {}
  Door& door;
  const delivery::Arrival arrival;
  Home home;
  HostEnvironment environment{home, door.options, [](sieve::Location, View) { return nullptr; }};
};

}  // namespace

// RFC 5183 section 4.1.
TEST_CASE("environment: items of the host and of the client that handed the message over") {
  Door door;
  Asked asked(door);
  CHECK(asked.environment.item("host") == "mx.example.net");
  CHECK(asked.environment.item("domain") == "example.net");
  CHECK(asked.environment.item("Location") == "MDA");
  CHECK(asked.environment.item("phase") == "during");
  CHECK(asked.environment.item("name") == "Posthorn");
  CHECK(asked.environment.item("remote-host") == "client.two.example");
  CHECK(asked.environment.item("remote-ip") == "192.0.2.1");
  CHECK_FALSE(asked.environment.item("vnd.other"));
  CHECK(asked.environment.now() == door.clock.wall());
}

TEST_CASE("environment: fields that came with the message say nothing of the client") {
  Door door;
  door.set_message("Subject: a\r\n");
  Asked asked(door);
  CHECK_FALSE(asked.environment.item("remote-ip"));
}

// RFC 5490 sections 3 and 4, RFC 8579 section 3, RFC 9042 section 4.2.
TEST_CASE("environment: mailboxes, their uses, ids and annotations") {
  Door door;
  auto session = door.mailboxes->session();
  const std::vector<imap::MetadataEntry> notes = {{"/private/vendor/vendor.x", "yes"}};
  REQUIRE(session->set_metadata("Archive", notes));
  REQUIRE(session->set_metadata("", notes));
  Asked asked(door);
  sieve::Environment& environment = asked.environment;
  CHECK(*environment.mailbox_exists("inbox"));
  CHECK(*environment.mailbox_exists("Archive"));
  CHECK_FALSE(*environment.mailbox_exists("archive"));
  CHECK(*environment.mailbox_id_exists(session->status("Archive")->mailbox_id));
  CHECK_FALSE(*environment.mailbox_id_exists("x"));
  CHECK(*environment.special_use_exists(std::nullopt, "\\Junk"));
  CHECK(*environment.special_use_exists("Junk", "\\junk"));
  CHECK_FALSE(*environment.special_use_exists("Archive", "\\Junk"));
  CHECK_FALSE(*environment.special_use_exists(std::nullopt, "\\All"));
  CHECK(*environment.metadata("Archive", "/PRIVATE/vendor/vendor.x") == "yes");
  CHECK_FALSE(*environment.metadata("Archive", "/private/comment"));
  CHECK_FALSE(*environment.metadata("none", "/private/comment"));
  CHECK(*environment.metadata(std::nullopt, "/private/vendor/vendor.x") == "yes");
}

// A script may ask the same thousands of times: the store hears of it once.
TEST_CASE("environment: what is asked about mailboxes is read once for a message") {
  Door door;
  REQUIRE(door.mailboxes->session()->set_metadata("Archive", std::vector<imap::MetadataEntry>{{"/private/x", "1"}}));
  testing::FaultyStore counted(*door.store);
  const auto accounts = mailbox::Accounts::make(counted, door.clock);
  const auto mailboxes = *accounts->open(door.account.id, {});
  const delivery::Arrival arrival{.account = door.account, .mailboxes = *mailboxes, .message = door.message};
  Home home(arrival, *door.directory);
  HostEnvironment environment(home, door.options, [](sieve::Location, View) { return nullptr; });
  const auto ask = [&] {
    CHECK(*environment.mailbox_exists("Archive"));
    CHECK_FALSE(*environment.mailbox_id_exists("x"));
    CHECK(*environment.special_use_exists("Junk", "\\Junk"));
    CHECK(*environment.metadata("Archive", "/private/x") == "1");
    CHECK_FALSE(*environment.metadata("Archive", "/private/y"));
    CHECK_FALSE(*environment.metadata("none", "/private/x"));
    CHECK_FALSE(*environment.metadata(std::nullopt, "/private/x"));
  };
  ask();
  const std::uint64_t read = counted.operations();
  ask();
  CHECK(counted.operations() == read);
}

// RFC 5260 section 4.1.
TEST_CASE("environment: the zone of the host counts at the time when the message came") {
  Door door;
  CHECK(Asked(door).environment.zone() == std::chrono::minutes(0));
  WallTime asked_at{};
  door.options.zone = [&](WallTime moment) {
    asked_at = moment;
    return std::chrono::minutes(-210);
  };
  const Asked asked(door);
  door.clock.advance(std::chrono::hours(5));
  CHECK(asked.environment.zone() == std::chrono::minutes(-210));
  CHECK(asked_at == asked.arrival.when);
}

TEST_CASE("environment: what was seen before, and how notifications may go") {
  Door door;
  REQUIRE(door.mailboxes->add(
      mailbox::Parcel{.remembered = {{memory_of("a"), door.clock.wall() + std::chrono::hours(1)}}}));
  Asked asked(door);
  CHECK(*asked.environment.seen_before("a"));
  CHECK_FALSE(*asked.environment.seen_before("b"));
  CHECK(asked.environment.can_notify("mailto:a@one.example"));
  CHECK_FALSE(asked.environment.can_notify("xmpp:a@one.example"));
  asked.environment.log("hello");
  CHECK(door.logged == std::vector<std::string>{"hello"});
}

// RFC 6134 sections 2.2 and 2.7.
TEST_CASE("environment: the list of those whom the owner has written to") {
  Door door;
  Asked asked(door);
  CHECK_FALSE(asked.environment.list_exists(":addrbook:default"));  // nobody knows of it
  CHECK(asked.environment.is_in_list(":addrbook:default", "b@two.example") == false);
  door.options.has_written_to = [&](const directory::Account& account, View address) -> Result<bool> {
    return account.id == door.account.id && address == "b@two.example";
  };
  for (const View list : {":addrbook:default", "urn:ietf:params:sieve:addrbook:default"}) {
    CHECK(asked.environment.list_exists(list));
    CHECK(asked.environment.is_in_list(list, "b@two.example") == true);
    CHECK(asked.environment.is_in_list(list, "c@two.example") == false);
    CHECK(asked.environment.is_in_list(list, "no address") == false);
  }
  CHECK_FALSE(asked.environment.list_exists(":addrbook:other"));
  CHECK(asked.environment.is_in_list(":addrbook:other", "b@two.example") == false);
}

// RFC 5235 section 2.
TEST_CASE("environment: what would be filed as junk is spam, and of other mail nothing is known") {
  Door door;
  CHECK_FALSE(Asked(door).environment.spam().tested);
  door.junk = true;
  const sieve::Score score = Asked(door).environment.spam();
  CHECK(score.tested);
  CHECK(score.share == 1);
}
