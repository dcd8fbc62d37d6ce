#include "service/delivery/header_watch.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

using namespace posthorn;
using namespace posthorn::delivery;

TEST_CASE("Received and Delivered-To fields are counted in the header only, however it is cut") {
  const View message =
      "Received: one\r\n\tReceived: folded\r\nRECEIVED : two\r\nreceived:three\r\nDelivered-To:  Ann@Example.org \r\n"
      "X-Received: no\r\nSubject: Received: no\r\n\r\nReceived: body\r\nDelivered-To: bob@example.org\r\n";
  const std::string wrong = testing::for_every_split(message, [](auto&& feed) {
    HeaderWatch watch;
    feed([&](View part) { watch.feed(part); });
    CHECK(watch.received() == 3);
    CHECK(watch.was_delivered_to("ann@example.org"));
    CHECK_FALSE(watch.was_delivered_to("bob@example.org"));
    return std::to_string(watch.received());
  });
  CHECK(wrong == "");
}

TEST_CASE("TLS-Required says No and nothing else, on its line or the next") {
  const auto optional = [](View header) {
    HeaderWatch watch;
    watch.feed(header);
    return watch.tls_optional();
  };
  CHECK(optional("TLS-Required: No\r\n\r\n"));
  CHECK(optional("From: a\r\ntls-required:no \r\n\r\n"));
  CHECK(optional("TLS-Required:\r\n No\r\n\r\n"));
  CHECK_FALSE(optional("TLS-Required: Yes\r\n No\r\n\r\n"));
  CHECK_FALSE(optional("TLS-Required: Nope\r\nX-TLS-Required: No\r\nSubject:\r\n No\r\n\r\nTLS-Required: No\r\n"));
}

TEST_CASE("lines that are too long are passed over") {
  HeaderWatch watch;
  watch.feed("X: " + std::string(100'000, 'a') + "\r\nReceived: a\r\n\r\n");
  CHECK(watch.received() == 1);
}
