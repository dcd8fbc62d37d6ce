#include "posthorn/grammar/mime/fields.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/date.h"

using namespace posthorn;
using mime::FieldKind;
using Words = std::vector<std::string>;

namespace {
constexpr View kHeader =
    "Received: from x.y.test\r\n   by example.net; 21 Nov 1997 10:05:43 -0600\r\n"
    "Received: from node.example by x.y.test; 21 Nov 1997 10:01:22 -0600\r\n"
    "From: =?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?= <paf@nada.kth.se>\r\n"
    "TO : A =?utf-8?q?Gr=C3=B6up?=:Ed Jones <c@a.test>,joe@where.test;\r\n"
    "Subject:  =?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
    "    =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?= \r\n"
    "Date: Fri, 21 Nov 1997 11:00:00 -0600\r\n"
    "this is no field\r\n"
    "References: <1234@local.machine.example> <3456@example.net>\n"
    "Keywords: one, \"two, three\",, =?utf-8?q?four=2C?= (five, six)\r\n"
    "Content-Type: text/plain; charset=us-ascii\r\n"
    "subject: another\r\n"
    "X: last";
const mime::Fields kSample(kHeader);
}  // namespace

TEST_CASE("fields: each kind is read by name, the first counts") {
  CHECK(kSample.text("Subject") == "If you can read this you understand the example.");
  CHECK(kSample.text("from") == "Patrik F\xC3\xA4ltstr\xC3\xB6m <paf@nada.kth.se>");
  CHECK(kSample.raw("DATE") == " Fri, 21 Nov 1997 11:00:00 -0600");
  CHECK(mail::format_date(kSample.date("Date").value()) == "Fri, 21 Nov 1997 17:00:00 +0000");
  CHECK(kSample.ids("References") == Words{"1234@local.machine.example", "3456@example.net"});
  CHECK(kSample.phrases("Keywords") == Words{"one", "\"two, three\"", "four, (five, six)"});
  CHECK(kSample.content_type().value().subtype == "plain");
  CHECK(kSample.addresses("From").at(0).name == "Patrik F\xC3\xA4ltstr\xC3\xB6m");
  const auto to = kSample.addresses("To");
  REQUIRE(to.size() == 4);
  CHECK(to[0].name == "A Gr\xC3\xB6up");
  CHECK(to[2].domain == "where.test");
  const auto hops = kSample.received();
  REQUIRE(hops.size() == 2);
  CHECK(hops[0].by == "example.net");
  CHECK(hops[1].from.name == "node.example");
}

TEST_CASE("fields: what is not there is nothing") {
  CHECK_FALSE(kSample.raw("Cc"));
  CHECK_FALSE(kSample.first("Cc"));
  CHECK_FALSE(kSample.text("Cc"));
  CHECK_FALSE(kSample.date("Cc"));
  CHECK_FALSE(kSample.date("Subject"));
  CHECK(kSample.addresses("Cc").empty());
  CHECK(kSample.ids("Cc").empty());
  CHECK(kSample.phrases("Cc").empty());
  CHECK_FALSE(mime::Fields("").content_type());
  CHECK(mime::Fields("").received().empty());
}

TEST_CASE("fields: whole fields have their octets as they came") {
  CHECK(kSample.octets(*kSample.first("to")) ==
        "TO : A =?utf-8?q?Gr=C3=B6up?=:Ed Jones <c@a.test>,joe@where.test;\r\n");
  CHECK(kSample.octets(*kSample.first("references")) ==
        "References: <1234@local.machine.example> <3456@example.net>\n");
  CHECK(kSample.octets(*kSample.first("x")) == "X: last");
  std::string joined;
  for (const mime::Field& field : kSample.all("RECEIVED")) joined += kSample.octets(field);
  CHECK(kHeader.starts_with(joined));
  CHECK(joined.ends_with("by x.y.test; 21 Nov 1997 10:01:22 -0600\r\n"));
  Words subjects;
  for (const mime::Field& field : kSample.all("Subject")) subjects.emplace_back(field.name);
  CHECK(subjects == Words{"Subject", "subject"});
}

TEST_CASE("fields: the kind of a field") {
  CHECK(mime::field_row("reply-to")->kind == FieldKind::addresses);
  CHECK(mime::field_row("Resent-Date")->kind == FieldKind::date);
  CHECK(mime::field_row("X-Mailer") == nullptr);
  for (const mime::FieldRow& row : mime::kFields) {
    CAPTURE(row.name);
    CHECK(mime::field_row(row.name) == &row);  // no name twice
    CHECK_FALSE(row.source.empty());
  }
}

TEST_CASE("fields: the header of RFC 2047 section 8") {
  const mime::Fields fields(
      "From: =?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>\r\n"
      "To: =?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>\r\n"
      "CC: =?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>\r\n"
      "Subject: =?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
      "    =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=\r\n");
  CHECK(fields.addresses("From").at(0).name == "Keith Moore");
  CHECK(fields.addresses("To").at(0).name == "Keld J\xC3\xB8rn Simonsen");
  CHECK(fields.addresses("Cc").at(0).name == "Andr\xC3\xA9 Pirard");
  CHECK(fields.text("Subject") == "If you can read this you understand the example.");
}

TEST_CASE("fields: RFC 5322 appendix A.4, A.5 and A.6.3") {
  const mime::Fields trace(
      "Received: from x.y.test\r\n  by example.net\r\n  via TCP\r\n  with ESMTP\r\n  id ABC12345\r\n"
      "  for <mary@example.net>;  21 Nov 1997 10:05:43 -0600\r\n"
      "Received: from node.example by x.y.test; 21 Nov 1997 10:01:22 -0600\r\n"
      "From: John Doe <jdoe@node.example>\r\nTo: Mary Smith <mary@example.net>\r\nSubject: Saying Hello\r\n"
      "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nMessage-ID: <1234@local.node.example>\r\n\r\n");
  CHECK(trace.received().at(0).recipient == "mary@example.net");
  CHECK(mail::format_date(*trace.received().at(1).date) == "Fri, 21 Nov 1997 16:01:22 +0000");
  CHECK(trace.ids("Message-ID") == Words{"1234@local.node.example"});
  const mime::Fields comments(
      "From: Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>\r\n"
      "To:A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n"
      "         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)\r\n"
      "Cc:(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;\r\n"
      "Date: Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland "
      "Time)\r\n"
      "Message-ID:              <testabcd.1234@silly.test>\r\n");
  CHECK(comments.addresses("From").at(0).domain == "silly.test");
  CHECK(comments.addresses("To").size() == 5);
  CHECK(comments.addresses("Cc").at(0).name == "Hidden recipients");
  CHECK(mail::format_date(*comments.date("Date")) == "Fri, 14 Feb 1969 03:02:00 +0000");
  CHECK(comments.ids("Message-ID") == Words{"testabcd.1234@silly.test"});
  const mime::Fields spaces(
      "From  : John Doe <jdoe@machine(comment).  example>\r\nTo    : Mary Smith\r\n  \r\n          "
      "<mary@example.net>\r\n"
      "Subject     : Saying Hello\r\nDate  : Fri, 21 Nov 1997 09(comment):   55  :  06 -0600\r\n"
      "Message-ID  : <1234   @   local(blah)  .machine .example>\r\n");
  CHECK(spaces.addresses("From").at(0).domain == "machine.example");
  CHECK(spaces.addresses("To").at(0).local_part == "mary");
  CHECK(spaces.text("Subject") == "Saying Hello");
  CHECK(mail::format_date(*spaces.date("Date")) == "Fri, 21 Nov 1997 15:55:06 +0000");
  CHECK(spaces.ids("Message-ID") == Words{"1234@local.machine.example"});
}
