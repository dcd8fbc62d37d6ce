#include "posthorn/service/queue/handover.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::queue;
using std::chrono::seconds;

namespace {

const MessageId kId{0x0000006B49D2000AU, 0xDEADBEEF};
// SHA-256 of "abc" (FIPS 180-4, appendix of examples).
const std::string kSha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

HandedItem whole() {
  HandedItem handed;
  handed.key = {kId, 0x1F};
  handed.message.arrived = WallTime(seconds(1'767'225'600));
  handed.message.sender = "ann@example.net";
  handed.message.envelope_id = "QQ 314+159";
  handed.message.content = Return::headers;
  handed.message.utf8 = handed.message.eight_bit = true;
  handed.message.priority = -3;
  handed.message.deliver_by = WallTime(seconds(1'767'229'200));
  handed.message.return_late = true;
  handed.message.octets = 3;
  handed.message.not_before = WallTime(seconds(1'767'225'700));
  handed.message.tls = TlsWish::required;
  handed.item.destination = {"example.org", TlsWish::required};
  handed.item.sender = "SRS0=x=y=example.net=ann@example.org";
  handed.item.delay_told = true;
  handed.item.recipients = {{0, "bob@example.org", "rfc822;robert@example.org", {}},
                            {7, "\"a b>\"@example.org", "", {false, true, false, true, true}},
                            {8, "J\xC3\xB6rg@example.org", "", {true, false, false, false, true}}};
  handed.sha256 = kSha;
  return handed;
}

std::string replaced(std::string text, View from, View to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("queue hand-over: an envelope is read as it is documented") {
  const auto text = format_envelope(whole());
  REQUIRE(text);
  CHECK(*text ==
        "posthorn envelope 1\n"
        "item 0000006b49d2000adeadbeef.001f\n"
        "arrived 2026-01-01T00:00:00Z\n"
        "destination example.org;requiretls\n"
        "sender <SRS0=x=y=example.net=ann@example.org>\n"
        "reports-to <ann@example.net>\n"
        "envid QQ+20314+2B159\n"
        "return headers\n"
        "needs smtputf8 8bitmime\n"
        "priority -3\n"
        "deliver-by 2026-01-01T01:00:00Z return\n"
        "not-before 2026-01-01T00:01:40Z\n"
        "delay told\n"
        "octets 3\n"
        "sha256 " +
            kSha +
            "\n"
            "recipient 0 orcpt=rfc822;robert@example.org <bob@example.org>\n"
            "recipient 7 notify=SUCCESS,DELAY <\"a b>\"@example.org>\n"
            "recipient 8 notify=NEVER <J\xC3\xB6rg@example.org>\n"
            "end\n");
  const auto read = parse_envelope(*text);
  REQUIRE(read);
  CHECK(*read == whole());
}

TEST_CASE("queue hand-over: what is not asked for is not said, and the null sender is <>") {
  HandedItem handed;
  handed.key = {kId, 0};
  handed.message.arrived = WallTime(seconds(1'767'225'600));
  handed.item.destination.domain = "example.org";
  handed.item.recipients = {{0, "bob@example.org", "", {}}};
  handed.sha256 = kSha;
  const auto text = format_envelope(handed);
  REQUIRE(text);
  CHECK(*text ==
        "posthorn envelope 1\nitem 0000006b49d2000adeadbeef.0000\narrived 2026-01-01T00:00:00Z\n"
        "destination example.org\nsender <>\nreports-to <>\noctets 0\nsha256 " +
            kSha + "\nrecipient 0 <bob@example.org>\nend\n");
  CHECK(parse_envelope(*text).value() == handed);
}

TEST_CASE("queue hand-over: an envelope that was changed, cut or not written by us is refused") {
  const std::string text = format_envelope(whole()).value();
  for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(parse_envelope(View(text).substr(0, size)));
  CHECK_FALSE(parse_envelope(text + "\n"));
  CHECK_FALSE(parse_envelope(replaced(text, "priority -3", "priority 0")));
  CHECK_FALSE(parse_envelope(replaced(text, "priority -3", "priority 10")));
  CHECK_FALSE(parse_envelope(replaced(text, "octets 3", "octets 03")));
  CHECK_FALSE(parse_envelope(replaced(text, "smtputf8 8bitmime", "8bitmime smtputf8")));
  CHECK_FALSE(parse_envelope(replaced(text, "<bob@example.org>", "<bob>")));
  CHECK_FALSE(parse_envelope(replaced(text, "recipient 0", "recipient x")));
  CHECK_FALSE(parse_envelope(replaced(text, "notify=NEVER", "notify=NEVER,DELAY")));
  CHECK_FALSE(parse_envelope(replaced(text, "<SRS0", "SRS0")));
  CHECK_FALSE(parse_envelope(replaced(text, "sha256 ba", "sha256 BA")));
  CHECK_FALSE(parse_envelope(replaced(text, "\n", "\r\n")));
  CHECK(parse_envelope(replaced(text, "envelope 1", "envelope 2")).error().code == Code::unsupported);
}

TEST_CASE("queue hand-over: an address that would break the lines is not written") {
  HandedItem handed = whole();
  handed.item.recipients[0].address = "bob\nend@example.org";
  CHECK_FALSE(format_envelope(handed));
  handed = whole();
  handed.message.sender = "nobody";
  CHECK_FALSE(format_envelope(handed));
  handed = whole();
  handed.item.destination.domain = "example.org\nend";
  CHECK_FALSE(format_envelope(handed));
  handed.item.recipients.clear();
  CHECK_FALSE(format_envelope(handed));
}

TEST_CASE("queue hand-over: the name at the partner is as old, and another one for other recipients") {
  const HandedItem handed = whole();
  const MessageId name = name_at_partner(handed);
  CHECK(name.order == kId.order);
  CHECK(name.salt != kId.salt);
  CHECK(name_at_partner(handed) == name);
  HandedItem part = handed;
  part.item.recipients.pop_back();
  CHECK(name_at_partner(part) != name);
  HandedItem next = handed;
  next.key.item = 0x20;
  CHECK(name_at_partner(next) != name);
}

TEST_CASE("queue hand-over: a manifest counts only when it is whole") {
  Manifest manifest;
  manifest.subject = "example.org";
  manifest.time = WallTime(seconds(1'767'225'600));
  manifest.rows = {{{{kId, 0}, {0, 3, 12}}, kSha}, {{{kId, 1}, {1}}, kSha}};
  const std::string text = format_manifest(manifest);
  CHECK(
      text.starts_with("posthorn queue export 1\nsubject example.org\ntime 2026-01-01T00:00:00Z\n"
                       "item 0000006b49d2000adeadbeef.0000 0,3,12 " +
                       kSha + "\n"));
  CHECK(parse_manifest(text).value() == manifest);
  for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(parse_manifest(View(text).substr(0, size)));
  CHECK_FALSE(parse_manifest(replaced(text, "0,3,12", "0,3,13")));
  CHECK_FALSE(parse_manifest(replaced(text, "end 2", "end 1")));
  CHECK_FALSE(parse_manifest(replaced(text, "example.org", "example.com")));
  CHECK(parse_manifest(replaced(text, "export 1", "export 2")).error().code == Code::unsupported);
  manifest.rows.clear();
  CHECK(parse_manifest(format_manifest(manifest)).value() == manifest);
}

TEST_CASE("queue hand-over: the subject of the order names recipients") {
  const std::vector<HandedRecipients> handed{{{kId, 0}, {0, 3}}, {{kId, 0xFFFF}, {1}}};
  CHECK(format_handed(handed) == "0000006b49d2000adeadbeef.0000 0,3\n0000006b49d2000adeadbeef.ffff 1\n");
  CHECK(parse_handed(format_handed(handed)).value() == handed);
  for (const View bad : {"x 1", "0000006b49d2000adeadbeef.0000", "0000006b49d2000adeadbeef.0000 x",
                         "0000006b49d2000adeadbeef.0000 1,,2", "0000006b49d2000adeadbeef,0000 1"})
    CHECK_FALSE(parse_handed(bad));
}
