#include "protocol/imap/url.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/buffer.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {
std::string read(View text) {
  const auto url = parse_url(text);
  if (!url) return own(name_of(url.error().code));
  std::string out = url->mailbox + "|";
  if (url->uid_validity) out += std::to_string(url->uid_validity->value());
  out += "|" + std::to_string(url->uid.value()) + "|";
  Buffer buffer;
  Responder responder(buffer, 1000);
  write_section(responder, url->section);
  out += buffer.view();
  if (url->from != 0 || url->count) out += "|" + std::to_string(url->from);
  if (url->count) out += "." + std::to_string(*url->count);
  return out;
}
}  // namespace

TEST_CASE("URLs of the RFCs") {
  // RFC 4469 section 3
  CHECK(read("/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER") == "Drafts|385759045|20|[HEADER]");
  CHECK(read("/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.MIME") == "Drafts|385759045|20|[1.MIME]");
  CHECK(read("/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1") == "Drafts|385759045|20|[1]");
  CHECK(read("/Drafts;UIDVALIDITY=385759045/;UID=30") == "Drafts|385759045|30|[]");
  CHECK(read("/INBOX;UIDVALIDITY=785799047/;UID=113330;section=1.5.9") == "syntax");  // section 4: without "/"
  // RFC 5092 section 10
  CHECK(read("/gray%20council;UIDVALIDITY=385759045/;UID=20/;PARTIAL=0.1024") == "gray council|385759045|20|[]|0.1024");
  CHECK(read("/~peter/%E6%97%A5%E6%9C%AC%E8%AA%9E/%E5%8F%B0%E5%8C%97/;UID=1") ==
        "~peter/\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E/\xE5\x8F\xB0\xE5\x8C\x97||1|[]");
}

TEST_CASE("parts of a URL") {
  CHECK(read("/inbox/;uid=7") == "INBOX||7|[]");
  CHECK(read("/a/b;uidvalidity=1/;UID=4294967295/;SECTION=1.2.HEADER/;PARTIAL=5") == "a/b|1|4294967295|[1.2.HEADER]|5");
  CHECK(read("/a/;UID=1/;SECTION=HEADER.FIELDS%20(To%20Subject)") == "a||1|[HEADER.FIELDS (To Subject)]");
  CHECK(read("/a%3Bb%2fc/;UID=1") == "a;b/c||1|[]");
  CHECK(read("/a%25b/;UID=1") == "a%b||1|[]");
  for (View wrong : {View(""),
                     View("/"),
                     View("/a"),
                     View("a/;UID=1"),
                     View("//;UID=1x"),
                     View("/;UID=1"),
                     View("/a;UID=1"),
                     View("/a/;UID=0"),
                     View("/a/;UID="),
                     View("/a/;UID=4294967296"),
                     View("/a;UIDVALIDITY=0/;UID=1"),
                     View("/a;UIDVALIDITY=1;UID=1"),
                     View("/a/;UID=1/"),
                     View("/a/;UID=1/;SECTION="),
                     View("/a/;UID=1/;SECTION=x"),
                     View("/a/;UID=1/;SECTION=1]"),
                     View("/a/;UID=1/;SECTION=0"),
                     View("/a/;UID=1/;SECTION=1%5D"),
                     View("/a/;UID=1/;PARTIAL="),
                     View("/a/;UID=1/;PARTIAL=1."),
                     View("/a/;UID=1/;PARTIAL=1.0"),
                     View("/a/;UID=1/;PARTIAL=1.2/"),
                     View("/a/;UID=1/;PARTIAL=1/;SECTION=1"),
                     View("/a%/;UID=1"),
                     View("/a%4/;UID=1"),
                     View("/a%zz/;UID=1"),
                     View("/a%00/;UID=1"),
                     View("/a%0A/;UID=1"),
                     View("/a%FF/;UID=1"),
                     View("/a b/;UID=1"),
                     View("imap://host/a/;UID=1"),
                     View("/a/;UID=1;URLAUTH=anonymous:internal:00"),
                     View("/a?ALL")}) {
    CHECK_MESSAGE(read(wrong) == "syntax", wrong);
  }
  CHECK(read("/" + std::string(kMaxUrl, 'a') + "/;UID=1") == "too_long");
}
