#include "posthorn/service/submission/message_facts.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::submission;

namespace {

using Addresses = std::vector<std::string>;

std::string word(const Result<void>& result) { return result ? "ok" : std::string(name_of(result.error().code)); }
std::string judged(View header) { return word(check(read_facts(header))); }

// RFC 5322 appendix A.1.1, the variant with Sender.
constexpr View kPublished =
    "From: John Doe <jdoe@machine.example>\r\n"
    "Sender: Michael Jones <mjones@machine.example>\r\n"
    "To: Mary Smith <mary@example.net>\r\n"
    "Subject: Saying Hello\r\n"
    "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
    "Message-ID: <1234@local.machine.example>\r\n"
    "\r\n";

}  // namespace

TEST_CASE("authors are all mailboxes of From and Sender") {
  const Facts facts = read_facts(kPublished);
  CHECK(facts.authors == Addresses{"jdoe@machine.example", "mjones@machine.example"});
  CHECK(facts.has_from);
  CHECK(facts.has_date);
  CHECK(facts.has_message_id);
  CHECK(check(facts));
  CHECK(fix_ups(facts, {}, "id", "mx.example").empty());
  // RFC 5322 appendix A.1.3 has groups; RFC 6854 allows them in From.
  CHECK(read_facts("From: a@b.example, G:c@d.example,\r\n \"x y\"@e.example;\r\n\r\n").authors ==
        Addresses{"a@b.example", "c@d.example", "\"x y\"@e.example"});
  CHECK(read_facts("sender: a@b.example\r\nfrom: A@B.example, a@b.example\r\n\r\n").authors ==
        Addresses{"a@b.example", "A@b.example"});
  CHECK(read_facts("Sender: a@b.example\r\nFrom: a@b.example\r\n\r\n").has_from);
}

TEST_CASE("addresses in UTF-8 are read, their domains as A-labels") {
  const Facts facts = read_facts("From: J\xC3\xBCrgen <j\xC3\xBCrgen@k\xC3\xB6ln.example>\r\n\r\n");
  CHECK(facts.authors == Addresses{"j\xC3\xBCrgen@xn--kln-sna.example"});
  CHECK(check(facts));
}

TEST_CASE("a message that does not say who wrote it is refused") {
  CHECK(judged("Subject: x\r\n\r\n") == "syntax");
  CHECK(judged("Sender: a@b.example\r\n\r\n") == "syntax");
  CHECK(judged("From: \r\n\r\n") == "syntax");
  CHECK(judged("From: somebody\r\n\r\n") == "syntax");
  CHECK(judged("From: Nobody:;\r\n\r\n") == "syntax");
  CHECK(judged("From: a@b.example, somebody\r\n\r\n") == "syntax");
  CHECK(judged("From: a@b.example\r\nFrom: a@b.example\r\n\r\n") == "syntax");
  CHECK(judged("From: a@b.example\r\nSender: x\r\n\r\n") == "syntax");
  CHECK(judged("Subject: x\r\n\r\nFrom: a@b.example\r\n") == "syntax");
  CHECK(judged("From: a@b.example\r\n\r\n") == "ok");
}

TEST_CASE("no more authors than the limit") {
  std::string from = "From: a0@b.example";
  Limits limits{.max_authors = 3};
  for (int i = 1; i < 3; ++i) from += ", a" + std::to_string(i) + "@b.example";
  CHECK(word(check(read_facts(from + "\r\n\r\n", limits), limits)) == "ok");
  from += ", a3@b.example, a4@b.example, a5@b.example";
  CHECK(word(check(read_facts(from + "\r\n\r\n", limits), limits)) == "too_many");
  CHECK(read_facts(from + "\r\n\r\n", limits).authors.size() == 4);
}

TEST_CASE("Date and Message-ID are added where they are missing and never touched") {
  const WallTime now{std::chrono::seconds(880'127'706)};  // 1997-11-21T15:55:06Z
  const Facts none = read_facts("From: a@b.example\r\n\r\n");
  CHECK(fix_ups(none, now, "abc", "mx.example") ==
        "Date: Fri, 21 Nov 1997 15:55:06 +0000\r\nMessage-ID: <abc@mx.example>\r\n");
  CHECK(fix_ups(read_facts("From: a@b.example\r\nDATE: tomorrow\r\n\r\n"), now, "abc", "mx.example") ==
        "Message-ID: <abc@mx.example>\r\n");
  CHECK(fix_ups(read_facts("From: a@b.example\r\nMessage-Id: x\r\n\r\n"), now, "abc", "mx.example") ==
        "Date: Fri, 21 Nov 1997 15:55:06 +0000\r\n");
  // A Date of a forwarded message in the body is none of this message.
  CHECK(fix_ups(read_facts("From: a@b.example\r\n\r\nDate: x\r\nMessage-ID: y\r\n"), now, "abc", "mx.example") ==
        "Date: Fri, 21 Nov 1997 15:55:06 +0000\r\nMessage-ID: <abc@mx.example>\r\n");
}

TEST_CASE("hops are counted") {
  CHECK(read_facts("Received: a\r\nReceived: b\r\n\tc\r\nX-Received: d\r\n\r\nReceived: e\r\n").received == 2);
}
