#include "service/queue/rows.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::queue;
using std::chrono::seconds;

namespace {

const MessageId kId{0x0000006B49D2000AU, 0xDEADBEEF};

}  // namespace

TEST_CASE("queue rows: names are ordered as their numbers") {
  CHECK(kId.text() == "0000006b49d2000adeadbeef");
  CHECK(MessageId::parse(kId.text()) == kId);
  CHECK_FALSE(MessageId::parse("0000006b49d2000adeadbee"));
  CHECK_FALSE(MessageId::parse("0000006b49d2000adeadbeex"));
  CHECK(item_key({kId, 0x1F}) == "i:0000006b49d2000adeadbeef:001f");
  CHECK(parse_item_key(item_key({kId, 0x1F})) == ItemKey{kId, 0x1F});
  CHECK(parse_item_key(ended_key({kId, 2}, 7)) == ItemKey{kId, 2});
  CHECK_FALSE(parse_item_key("i:short"));
  CHECK(parse_message_key(message_key(kId)) == kId);
}

TEST_CASE("queue rows: a destination with a wish is another one") {
  for (const TlsWish wish : {TlsWish::policy, TlsWish::required, TlsWish::optional}) {
    const Destination destination{"example.org", wish};
    CHECK(Destination::parse(destination.text()) == destination);
  }
  CHECK(Destination::parse("").is_local());
}

TEST_CASE("queue rows: values come back") {
  Message message;
  message.sender = "ann@example.net";
  message.account = "ann";
  message.envelope_id = std::string("a\0b", 3);
  message.content = Return::headers;
  message.utf8 = message.binary = message.return_late = message.made_here = true;
  message.priority = -3;
  message.deliver_by = WallTime(seconds(77));
  message.arrived = WallTime(seconds(1'800'000'000));
  message.body = store::BlobId(12345678901);
  message.octets = 1ULL << 40U;
  message.not_before = WallTime(seconds(1'800'000'100));
  for (const TlsWish wish : {TlsWish::policy, TlsWish::required, TlsWish::optional}) {
    message.tls = wish;
    CHECK(parse_message(format(message)) == message);
  }

  Item item;
  item.destination = {"example.org", TlsWish::required};
  item.sender = "SRS0=x@example.net";
  item.prefix = "Delivered-To: a@example.net\r\n";
  item.recipients = {{0, "b@example.org", "rfc822;a@example.net", {}},
                     {300, "c@example.org", "", {false, true, false, true, true}}};
  item.attempts = 4;
  item.next = WallTime(seconds(1'800'000'300));
  item.by = WallTime(seconds(1'800'000'900));
  item.held = true;
  item.junk = true;
  item.delay_told = true;
  item.last = "451 later";
  std::string account;
  CHECK(parse_item(format(item, "ann"), &account) == item);
  CHECK(account == "ann");
  const std::string octets = format(item, "ann");
  const auto scheduled = parse_scheduled(octets);
  REQUIRE(scheduled.has_value());
  CHECK(scheduled->account == "ann");
  CHECK(Destination::parse(scheduled->destination) == item.destination);
  CHECK(scheduled->next == item.next);
  CHECK(scheduled->by == item.by);
  CHECK(scheduled->attempts == item.attempts);
  CHECK(scheduled->held);
  CHECK_FALSE(parse_scheduled(octets.substr(0, 8)).has_value());

  item.seal = {"example.net", "Authentication-Results: mx.example.net; none\r\n"};
  CHECK(parse_item(format(item, "ann")) == item);

  item.by = {};
  CHECK(parse_item(format(item, "ann")) == item);
  CHECK(parse_scheduled(format(item, "ann"))->by == WallTime{});

  const DestinationRow row{WallTime(seconds(5)), WallTime(seconds(6)), 7, "4.4.1", "down", 2};
  CHECK(parse_destination(format(row)) == row);
  const CommandRow command{Order::freeze, "ann"};
  CHECK(parse_command(format(command)) == command);
  CHECK(parse_acceptance(format(Acceptance{9})) == Acceptance{9});
  const std::vector<End> ends = {{0, Ending::relayed, WallTime(seconds(8))},
                                 {1, Ending::removed, WallTime(seconds(9))},
                                 {2, Ending::unkept, WallTime(seconds(9))}};
  CHECK(parse_ends(format(ends)) == ends);
}

TEST_CASE("queue rows: damage is noticed") {
  const std::string whole = format(Message{});
  for (std::size_t cut = 0; cut < whole.size(); ++cut) CHECK_FALSE(parse_message(whole.substr(0, cut)));
  CHECK_FALSE(parse_message(whole + "x"));
  CHECK(parse_message("\x02" + whole.substr(1)).error().code == Code::unsupported);
  CHECK(parse_ends("\x01\x01").error().code == Code::corrupt);
  CHECK(parse_command("\x01\x3f\x01x").error().code == Code::corrupt);
}
