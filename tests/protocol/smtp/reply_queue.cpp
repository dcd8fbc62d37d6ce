#include "posthorn/protocol/smtp/reply_queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace posthorn;
using namespace posthorn::smtp;

TEST_CASE("replies leave in wire order for every order of answers") {
  std::array<int, 4> order{0, 1, 2, 3};
  do {
    ReplyQueue queue;
    queue.say("a");
    std::array<Ticket, 4> tickets;
    for (Ticket& t : tickets) t = queue.owe(Verb::rcpt);
    queue.say("z");
    CHECK(queue.owed() == 4);
    for (int i : order) queue.settle(tickets[static_cast<std::size_t>(i)], std::to_string(i));
    CHECK(queue.owed() == 0);
    CHECK(queue.transmit() == "a0123z");
    queue.say("!");
    CHECK(queue.transmit() == "a0123z!");
    queue.transmitted(7);
    CHECK(queue.transmit().empty());
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("what stands behind an open place waits") {
  ReplyQueue queue;
  const Ticket first = queue.owe(Verb::rcpt);
  queue.say("b");
  CHECK(queue.transmit().empty());
  const Ticket second = queue.owe(Verb::rcpt);
  queue.settle(first, "a");
  CHECK(queue.transmit() == "ab");
  queue.settle(second, "c");
  CHECK(queue.transmit() == "abc");
}
