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
const mime::Fields kFields(kHeader);
}  // namespace

TEST_CASE("fields: each kind is read by name, the first counts") {
  CHECK(kFields.text("Subject") == "If you can read this you understand the example.");
  CHECK(kFields.text("from") == "Patrik F\xC3\xA4ltstr\xC3\xB6m <paf@nada.kth.se>");
  CHECK(kFields.raw("DATE") == " Fri, 21 Nov 1997 11:00:00 -0600");
  CHECK(mail::format_date(kFields.date("Date").value()) == "Fri, 21 Nov 1997 17:00:00 +0000");
  CHECK(kFields.ids("References") == Words{"1234@local.machine.example", "3456@example.net"});
  CHECK(kFields.phrases("Keywords") == Words{"one", "\"two, three\"", "four, (five, six)"});
  CHECK(kFields.content_type().value().subtype == "plain");
  CHECK(kFields.addresses("From").at(0).name == "Patrik F\xC3\xA4ltstr\xC3\xB6m");
  const auto to = kFields.addresses("To");
  REQUIRE(to.size() == 4);
  CHECK(to[0].name == "A Gr\xC3\xB6up");
  CHECK(to[2].domain == "where.test");
  const auto hops = kFields.received();
  REQUIRE(hops.size() == 2);
  CHECK(hops[0].by == "example.net");
  CHECK(hops[1].from.name == "node.example");
}

TEST_CASE("fields: what is not there is nothing") {
  CHECK_FALSE(kFields.raw("Cc"));
  CHECK_FALSE(kFields.first("Cc"));
  CHECK_FALSE(kFields.text("Cc"));
  CHECK_FALSE(kFields.date("Cc"));
  CHECK_FALSE(kFields.date("Subject"));
  CHECK(kFields.addresses("Cc").empty());
  CHECK(kFields.ids("Cc").empty());
  CHECK(kFields.phrases("Cc").empty());
  CHECK_FALSE(mime::Fields("").content_type());
  CHECK(mime::Fields("").received().empty());
}

TEST_CASE("fields: whole fields have their octets as they came") {
  CHECK(kFields.octets(*kFields.first("to")) ==
        "TO : A =?utf-8?q?Gr=C3=B6up?=:Ed Jones <c@a.test>,joe@where.test;\r\n");
  CHECK(kFields.octets(*kFields.first("references")) ==
        "References: <1234@local.machine.example> <3456@example.net>\n");
  CHECK(kFields.octets(*kFields.first("x")) == "X: last");
  std::string joined;
  for (const mime::Field& field : kFields.all("RECEIVED")) joined += kFields.octets(field);
  CHECK(kHeader.starts_with(joined));
  CHECK(joined.ends_with("by x.y.test; 21 Nov 1997 10:01:22 -0600\r\n"));
  Words subjects;
  for (const mime::Field& field : kFields.all("Subject")) subjects.emplace_back(field.name);
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
