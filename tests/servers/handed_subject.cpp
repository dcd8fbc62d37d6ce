#include "shared/handed_subject.h"

#include <doctest/doctest.h>

using namespace posthorn;
using servers::is_of_subject;
using servers::spelled_subject;

namespace {

queue::Item item(const std::string& destination, const std::vector<std::string>& recipients) {
  queue::Item made;
  made.destination = queue::Destination::parse(destination);
  for (const std::string& address : recipients) made.recipients.emplace_back().address = address;
  return made;
}

}  // namespace

TEST_CASE("the subject of an export is spelled as the queue spells destinations") {
  CHECK(spelled_subject("Example.NET") == "example.net");
  CHECK(spelled_subject("Bob@Example.NET") == "Bob@example.net");
  CHECK(spelled_subject("bob@K\xC3\xB6ln.example") == "bob@xn--kln-sna.example");
  CHECK(spelled_subject("[192.0.2.1]") == "[192.0.2.1]");
  CHECK(spelled_subject("").empty());
}

TEST_CASE("an item of a domain goes there, and to nobody else") {
  CHECK(is_of_subject(item("example.net", {"bob@example.net", "cid@Example.NET"}), "example.net"));
  CHECK(is_of_subject(item("example.net;requiretls", {"bob@example.net"}), "example.net"));
  CHECK(is_of_subject(item("xn--kln-sna.example", {"bob@K\xC3\xB6ln.example"}), "xn--kln-sna.example"));
  CHECK(is_of_subject(item("[192.0.2.1]", {"bob@[192.0.2.1]"}), "[192.0.2.1]"));
  CHECK_FALSE(is_of_subject(item("elsewhere.example", {"bob@elsewhere.example"}), "example.net"));
  CHECK_FALSE(is_of_subject(item("elsewhere.example", {"bob@example.net"}), "example.net"));
  CHECK_FALSE(is_of_subject(item("example.net", {"bob@example.net", "eve@elsewhere.example"}), "example.net"));
  CHECK_FALSE(is_of_subject(item("example.net", {"bob@sub.example.net"}), "example.net"));
  CHECK_FALSE(is_of_subject(item("example.net", {}), "example.net"));
}

TEST_CASE("an item of an address has that recipient only") {
  CHECK(is_of_subject(item("example.net", {"Bob@Example.NET"}), "bob@example.net"));
  CHECK_FALSE(is_of_subject(item("example.net", {"cid@example.net"}), "bob@example.net"));
  CHECK_FALSE(is_of_subject(item("example.net", {"bob@example.net", "cid@example.net"}), "bob@example.net"));
  CHECK_FALSE(is_of_subject(item("elsewhere.example", {"bob@example.net"}), "bob@example.net"));
}

// An empty destination stands for the mailboxes here.
TEST_CASE("no item is for mailboxes here, whatever the subject says") {
  for (const View subject : {"", "@", "bob@", "example.net"}) {
    CAPTURE(subject);
    CHECK_FALSE(is_of_subject(item("", {"bob@example.net"}), subject));
    CHECK_FALSE(is_of_subject(item("", {"bob"}), subject));
  }
}
