// The published SMTP smuggling sequences (features F70), by DATA, by BDAT and in LMTP, at every split, to the server
// and through the client that passes messages on.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

#include "protocol/smtp/dialogue.h"
#include "protocol/smtp/sender.h"

using namespace posthorn;
using namespace posthorn::smtp;
using smtp::testing::Host;

namespace {

std::string shared_data() {
  const char* place = std::getenv("POSTHORN_SHARED_DATA");
  return place != nullptr ? place : "../shared/data";
}

/// \\r, \\n and \\u0000 of the file, whose strings are escaped twice.
std::string unescape(View text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t slashes = std::min(text.find_first_not_of('\\'), text.size());
    text.remove_prefix(slashes);
    if (slashes == 0 || text.empty()) {
      if (!text.empty()) out.push_back(text.front());
      text.remove_prefix(std::min<std::size_t>(1, text.size()));
      continue;
    }
    const bool nul = text.starts_with("u0000");
    out.push_back(nul ? '\0' : text.front() == 'r' ? '\r' : '\n');
    text.remove_prefix(nul ? 5 : 1);
  }
  return out;
}

/// The values of "bytes" in the file: small enough to be read without a JSON parser.
std::vector<std::string> sequences() {
  std::ifstream file(shared_data() + "/smtp/smuggling.json", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::string> found;
  const std::string key = "\"bytes\": \"";
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
    const std::size_t from = at + key.size();
    found.push_back(unescape(View(text).substr(from, text.find('"', from) - from)));
  }
  return found;
}

std::string envelope(bool lmtp) {
  return (lmtp ? std::string("LHLO") : std::string("EHLO")) +
         " c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<user@example.org>\r\n";
}

/// Messages that were accepted, and whether any of them or any sender was smuggled.
std::string outcome(const std::string& input, bool lmtp) {
  std::size_t messages = 0;
  bool smuggled = false;
  const auto differs = posthorn::testing::for_every_split(input, [&](auto&& feed) {
    Host host;
    ServerSession session({.lmtp = lmtp}, {});
    feed([&](View piece) { host.feed(session, piece); });
    messages = host.messages.size();
    smuggled = host.heard.find("mail smuggled@") != std::string::npos;
    for (const std::string& m : host.messages) {
      for (std::size_t i = 0; i < m.size(); ++i) {
        if (m[i] == '\0' || (m[i] == '\n' && (i == 0 || m[i - 1] != '\r')) ||
            (m[i] == '\r' && m.substr(i + 1, 1) != "\n"))
          smuggled = true;
      }
    }
    return host.heard + host.sent;
  });
  CHECK(differs == "");
  return std::to_string(messages) + (smuggled ? " smuggled" : "");
}

}  // namespace

TEST_CASE("no sequence of the published list ends a message or passes a bare line end on") {
  const auto list = sequences();
  if (list.empty()) {
    MESSAGE("skipped: 12 sequences of ../shared/data/smtp/smuggling.json are not there");
    return;
  }
  CHECK(list.size() == 12);
  for (const std::string& sequence : list) {
    const std::string message =
        "Subject: smuggle test\r\n\r\nbody" + sequence +
        "MAIL FROM:<smuggled@example.org>\r\nRCPT TO:<user@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n";
    for (bool lmtp : {false, true}) {
      CAPTURE(sequence);
      CHECK(outcome(envelope(lmtp) + "DATA\r\n" + message, lmtp) == "0");
      CHECK(outcome(envelope(lmtp) + "BDAT " + std::to_string(message.size()) + " LAST\r\n" + message, lmtp) == "0");
    }
  }
}

TEST_CASE("CRLF.CRLF inside BDAT is content") {
  const std::string message = "Subject: x\r\n\r\nbody\r\n.\r\nMAIL FROM:<smuggled@example.org>\r\n";
  CHECK(outcome(envelope(false) + "BDAT " + std::to_string(message.size()) + " LAST\r\n" + message, false) == "1");
}

TEST_CASE("commands behind DATA before its 354 are content, in order") {
  CHECK(outcome(envelope(false) + "DATA\r\nMAIL FROM:<smuggled@example.org>\r\n.\r\n", false) == "1");
}

namespace {

/// Sends `content` through a client session to a server session, in pieces of `cut` octets; gives what was said.
std::string relayed(const std::string& content, bool chunking, bool lmtp, Host& host) {
  using namespace smtp::testing;
  ClientOptions options = clear();
  options.chunking = chunking;
  options.lmtp = lmtp;
  Sender client(options, {message()});
  client.content = content;
  ServerSession server({.lmtp = lmtp}, {});
  join(client, server, host);
  CHECK(client.closed);
  return client.sent;
}

/// Whether every line ends in CRLF and no other CR or LF stands there.
bool only_crlf(View text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return false;
    if (text[i] == '\r' && text.substr(i + 1, 1) != "\n") return false;
  }
  return true;
}

void check_relay(const std::string& content) {
  for (bool lmtp : {false, true}) {
    for (bool chunking : {true, false}) {
      CAPTURE(lmtp);
      CAPTURE(chunking);
      Host host;
      const std::string sent = relayed(content, chunking, lmtp, host);
      CHECK(only_crlf(sent));
      CHECK(host.messages.size() <= 1);
      CHECK(host.heard.find("mail smuggled@") == std::string::npos);
      if (chunking && !lmtp) continue;
      // By DATA exactly one line is a dot alone: the one that ends it.
      const std::size_t dot = sent.find("\r\n.\r\n");
      REQUIRE(dot != std::string::npos);
      CHECK(sent.find("\r\n.\r\n", dot + 1) == std::string::npos);
      CHECK(sent.substr(dot + 5).find("MAIL") == std::string::npos);
    }
  }
}

}  // namespace

TEST_CASE("a relay passes no sequence of the published list on") {
  auto list = sequences();
  list.push_back("\r\n.\r\n");
  for (const std::string& sequence : list) {
    CAPTURE(sequence);
    check_relay("Subject: smuggle test\r\n\r\nbody" + sequence +
                "MAIL FROM:<smuggled@example.org>\r\nRCPT TO:<user@example.org>\r\nDATA\r\nSubject: "
                "smuggled\r\n\r\nx\r\n.\r\n");
    check_relay(sequence);
  }
}

TEST_CASE("what came by BDAT is the same when it is passed on by DATA, dots and long lines included") {
  const std::string text =
      ".\r\nbody\r\n.\r\n..\r\nMAIL FROM:<smuggled@example.org>\r\n" + std::string(5000, '.') + "\r\n.\r\n";
  for (bool chunking : {true, false}) {
    Host first;
    ServerSession session({}, {});
    first.feed(session, envelope(false) + "BDAT " + std::to_string(text.size()) + " LAST\r\n" + text);
    REQUIRE(first.messages == std::vector{text});
    Host second;
    relayed(first.messages[0], chunking, false, second);
    CHECK(second.messages == std::vector{text});
  }
}

TEST_CASE("a line over 998 octets, cut anywhere, is content") {
  const std::string text = std::string(1200, 'x') + "\r\n..\r\n";
  CHECK(outcome(envelope(false) + "DATA\r\n" + text + ".\r\n", false) == "1");
}
