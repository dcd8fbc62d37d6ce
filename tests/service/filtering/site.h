// An account at whose door a message is, and outcomes of scripts made by hand.
#pragma once

#include <doctest/doctest.h>

#include "posthorn/service/filtering/filtering.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

#include "service/filtering/effects.h"

namespace posthorn::filtering {

struct Door {
  void set_message(std::string header, std::string text = "Text\r\n") {
    message = front + std::move(header) + "\r\n" + std::move(text);
  }

  [[nodiscard]] delivery::Arrival arrival() const {
    return {.account = account,
            .mailboxes = *mailboxes,
            .message = message,
            .front = front.size(),
            .sender = sender,
            .recipient = recipient,
            .notify = notify,
            .junk = junk,
            .when = clock.wall()};
  }

  delivery::Decision decide(const sieve::Outcome& outcome, const Script* script = nullptr) {
    const delivery::Arrival arrived = arrival();
    Home home(arrived, *directory);
    Effects effects(home, options, clock.wall(), random);
    auto decision = effects.carry_out(outcome, script);
    REQUIRE(decision.has_value());
    return std::move(*decision);
  }
  delivery::Decision decide(std::vector<sieve::Action> actions) {
    sieve::Outcome outcome;
    outcome.actions = std::move(actions);
    return decide(outcome);
  }
  /// What a delivery does with it where all letters go, as far as the memory goes.
  void remember(const delivery::Decision& decision) {
    mailbox::Parcel parcel{.remembered = decision.remembered};
    for (const delivery::Letter& letter : decision.letters) {
      if (letter.memory) parcel.remembered.push_back(*letter.memory);
    }
    REQUIRE(mailboxes->add(parcel));
  }

  testing::FakeClock clock;
  testing::SeededRandom random{1};
  std::unique_ptr<store::Store> store = store::make_memory_store();
  std::unique_ptr<directory::Directory> directory = open_directory();
  directory::Account account = *directory->account(View("ann@example.net"));
  std::unique_ptr<mailbox::Accounts> accounts = mailbox::Accounts::make(*store, clock);
  std::shared_ptr<mailbox::Account> mailboxes = *accounts->open(account.id, {});
  std::vector<std::string> logged;
  Options options{.host_name = "mx.example.net", .log = [this](View, View what) { logged.push_back(own(what)); }};
  std::string sender = "b@two.example";
  std::string recipient = "ann@example.net";
  queue::Notify notify{};
  bool junk = false;
  std::string front = "Return-Path: <b@two.example>\r\nDelivered-To: ann@example.net\r\nAuthentication-Results: x\r\n";
  std::string message = front +
                        "Received: from client.two.example ([192.0.2.1])\r\n\tby mx.example.net with ESMTP id 1;\r\n"
                        "\tSat, 1 Jan 2028 00:00:00 +0000\r\nFrom: b@two.example\r\nTo: ann@example.net\r\n"
                        "Subject: a\r\nMessage-ID: <1@two.example>\r\n\r\nText\r\n";

 private:
  std::unique_ptr<directory::Directory> open_directory() {
    directory::Options cheap;
    cheap.argon2_operations = 1;
    cheap.argon2_octets = 8192;
    cheap.scram = false;
    auto opened = directory::Directory::open(*store, random, cheap);
    REQUIRE((*opened)->add_domain({.name = "example.net"}));
    REQUIRE((*opened)->add_mailbox("ann@example.net", Secret(View("secret"))));
    REQUIRE((*opened)->add_mailbox("bob@example.net", Secret(View("secret"))));
    REQUIRE((*opened)->add_alias({"ann.b@example.net", {"ann@example.net"}}));
    return std::move(*opened);
  }
};

inline sieve::Outcome outcome_of(sieve::Action action) {
  sieve::Outcome outcome;
  outcome.actions.push_back(std::move(action));
  return outcome;
}

}  // namespace posthorn::filtering
