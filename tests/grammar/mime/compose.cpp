#include "posthorn/grammar/mime/compose.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/attachment.h"
#include "posthorn/grammar/mime/bodies.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/testing/fakes.h"

#include "mime_transcript.h"

using namespace posthorn;
using mime::Message;
using mime::PartId;

namespace {
mime::Composition minimal() {
  mime::Composition c;
  c.date = testing::FakeClock::kStart;
  c.from = mail::address_list("Ann <ann@example.org>");
  c.to = mail::address_list("bob@example.net");
  return c;
}
std::string composed(const mime::Composition& c, mime::HeaderForm form = mime::HeaderForm::ascii) {
  testing::SeededRandom random(1);
  auto out = mime::compose(c, random, {.form = form});
  if (!out) FAIL(out.error().note);
  return *out;
}
Error error_of(const mime::Composition& c) {
  testing::SeededRandom random(1);
  const auto out = mime::compose(c, random);
  REQUIRE(!out);
  return out.error();
}
}  // namespace

TEST_CASE("compose: the least that a message is (RFC 5322 section 3.6)") {
  auto c = minimal();
  c.message_id = "id@example.org";
  CHECK(composed(c) ==
        "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nFrom: Ann <ann@example.org>\r\nTo: bob@example.net\r\n"
        "Message-ID: <id@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n");
}

TEST_CASE("compose: every field") {
  auto c = minimal();
  c.zone = std::chrono::minutes(60);
  c.sender = mail::address_list("s@example.org");
  c.reply_to = mail::address_list("r@example.org");
  c.cc = mail::address_list("c@example.org");
  c.subject = "Hi";
  c.message_id = "id@example.org";
  c.in_reply_to = {"b@x.test"};
  c.references = {"a@x.test", "b@x.test"};
  c.more = {{"List-Id", "<news.example.org>"}, {"Comments", "\xC3\xBC"}};
  CHECK(
      composed(c).starts_with("Date: Thu, 01 Jan 2026 01:00:00 +0100\r\nFrom: Ann <ann@example.org>\r\n"
                              "Sender: s@example.org\r\nReply-To: r@example.org\r\nTo: bob@example.net\r\n"
                              "Cc: c@example.org\r\nSubject: Hi\r\nMessage-ID: <id@example.org>\r\n"
                              "In-Reply-To: <b@x.test>\r\nReferences: <a@x.test> <b@x.test>\r\n"
                              "List-Id: <news.example.org>\r\nComments: =?utf-8?q?=C3=BC?=\r\n"));
}

TEST_CASE("compose: the tree that readers expect") {
  auto c = minimal();
  c.text = "text";
  CHECK(testing::tree(Message::index(composed(c))) == "text/plain");
  c.html = "<p>text</p>";
  CHECK(testing::tree(Message::index(composed(c))) == "multipart/alternative(text/plain,text/html)");
  c.pictures.push_back({"logo.png", "image/png", "png", "logo"});
  c.files.push_back({"\xC3\xBC.pdf", "application/pdf", "pdf", ""});
  const std::string octets = composed(c);
  const auto message = Message::index(octets);
  CHECK(message.defects().empty());
  CHECK(testing::tree(message) ==
        "multipart/mixed(multipart/alternative(text/plain,multipart/related(text/html,image/png)),application/pdf)");
  const auto files = mime::attachments(message);
  CHECK(files.back().name == "\xC3\xBC.pdf");
  CHECK(mime::Locations(message).find("cid:logo") == PartId(5));
  CHECK(mime::disposition_of(message, PartId(5)) == "inline");
  c.text.clear();
  c.files.clear();
  CHECK(testing::tree(Message::index(composed(c))) == "multipart/related(text/html,image/png)");
}

TEST_CASE("compose: an id that is new each time, in the domain of the sender") {
  testing::SeededRandom random(7);
  auto c = minimal();
  c.from = mail::address_list(
      "x@b\xC3\xBC"
      "cher.example");
  const std::string first = *mime::compose(c, random);
  CHECK(first.contains("@xn--bcher-kva.example>\r\nMIME-Version"));
  CHECK(first != *mime::compose(c, random));
}

TEST_CASE("compose: what is no message is refused") {
  auto c = minimal();
  c.from.clear();
  CHECK(error_of(c).code == Code::misuse);
  c.from = mail::address_list("a@b.test, c@d.test");
  CHECK(error_of(c).note == "Sender: several people in From need one who sends");
  c.sender = mail::address_list("a@b.test");
  CHECK_NOTHROW(composed(c));
  c.sender = mail::address_list("a@b.test, c@d.test");
  CHECK(error_of(c).code == Code::misuse);
  c = minimal();
  c.subject = "x\r\nBcc: y";
  CHECK(error_of(c).code == Code::syntax);
  c = minimal();
  c.more = {{"Content-Type", "text/html"}};
  CHECK(error_of(c).code == Code::misuse);
  c = minimal();
  c.pictures.push_back({"logo.png", "image/png", "png", "logo"});
  CHECK(error_of(c).code == Code::misuse);
  c = minimal();
  c.to = mail::address_list("j\xC3\xB6rg@example.org");
  CHECK(error_of(c).code == Code::unsupported);
  CHECK(composed(c, mime::HeaderForm::utf8).contains("To: j\xC3\xB6rg@example.org\r\n"));
}

TEST_CASE("compose: files of all kinds, and other fields") {
  auto c = minimal();
  c.text = "see below";
  c.files = {{"", "", "x", ""},
             {"mail.eml", "message/rfc822", "Subject: s\r\n\r\n", ""},
             {"n.txt", "text/plain", "\xC3\xBC", ""}};
  c.files[0].type = mime::File().type;
  c.more = {{"List-Unsubscribe", "<https://example.org/u?d=?1>"}};
  const std::string octets = composed(c);
  const auto message = Message::index(octets);
  CHECK(testing::tree(message) ==
        "multipart/mixed(text/plain,application/octet-stream,message/rfc822(text/plain),text/plain)");
  CHECK(mime::file_name(message, PartId(2)) == "part-2.bin");
  CHECK(mime::file_name(message, PartId(3)) == "mail.eml");
  CHECK(mime::decode_text(message, PartId(5)) == "\xC3\xBC");
  CHECK(octets.contains("\r\nList-Unsubscribe: <https://example.org/u?d=?1>\r\n"));
  for (const std::string name : {"From", "Date", "Bcc", "subject", "References"}) {
    c.more = {{name, "x"}};
    CHECK(error_of(c).code == Code::misuse);
  }
  c = minimal();
  c.from = mail::address_list("a@[192.0.2.1]");
  CHECK(composed(c).contains("@[192.0.2.1]>\r\nMIME-Version"));
}
