#include "grammar/mime/report_fields.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;

namespace {
std::string field(View name, View text, mime::HeaderForm form = mime::HeaderForm::ascii) {
  std::string out;
  mime::put_report_field(out, name, text, form);
  return out;
}
std::string read(View body) {
  std::string out;
  mime::ReportReader reader(body);
  for (mime::ReportReader::Item item; reader.next(item);) {
    out.append(item.first ? "|" : "").append(item.name).append("=").append(item.text).append(" ");
  }
  return out;
}
}  // namespace

TEST_CASE("report fields: text as a field can have it") {
  CHECK(mime::field_text(" a\tb \r\n\r\n c\x7F", 10) == "a b c");
  CHECK(mime::field_text("a" + std::string(20, ' ') + "b" + std::string(21, ' ') + "c", 10) ==
        "a" + std::string(20, ' ') + "b c");
  CHECK(mime::field_text("abcdefgh", 3) == "abc def gh");
  CHECK(mime::field_text("\xC3\xA9\xC3\xA9\xC3\xA9", 5) == "\xC3\xA9\xC3\xA9 \xC3\xA9");
  CHECK(mime::field_text("a\xFFz", 10) == "a\xEF\xBF\xBDz");
  CHECK(mime::field_text("", 10).empty());
  CHECK(mime::field_text(" \r\n", 10).empty());
}

TEST_CASE("report fields: written and folded") {
  CHECK(field("Name", "") == "Name:\r\n");
  CHECK(field("Name", "a  b") == "Name: a  b\r\n");
  CHECK(field("Name", std::string(70, 'a') + "  b cd") == "Name: " + std::string(70, 'a') + "\r\n  b cd\r\n");
  CHECK(field("Name", "=?utf-8?q?a?=") == "Name: =?utf-8?q?a?=\r\n");
  CHECK(field("Name", "\xC3\xA9\\x{E9}") == "Name: \\x{E9}\\x{E9}\r\n");
  CHECK(field("Name", "\xC3\xA9", mime::HeaderForm::utf8) == "Name: \xC3\xA9\r\n");
  for (const char* bad : {"", "a b", "a:", "a\r\n", "\xC3\xA9"}) CHECK(field(bad, "x").empty());
}

TEST_CASE("report fields: read over empty lines") {
  CHECK(read("a: 1\r\nb: 2\r\n 3\r\n\r\n\r\nc: 4\n \nd: 5\n \n 6") == "|a=1 b=2 3 |c=4 |d=5  6 ");
  CHECK(read("\n\nno field\na: 1\n\n") == "|a=1 ");
  CHECK(read(std::string(78, 'n') + ": 1\nb: 2\n") == "|b=2 ");
  CHECK(read("").empty());
}

TEST_CASE("report fields: the header of a message") {
  CHECK(mime::header_of("a: 1\r\nb: 2\r\n\r\nbody") == "a: 1\r\nb: 2\r\n");
  CHECK(mime::header_of("a: 1\n\nbody") == "a: 1\n");
  CHECK(mime::header_of("a: 1") == "a: 1");
  CHECK(mime::header_of("\r\nbody").empty());
  CHECK(mime::header_of("").empty());
}

TEST_CASE("report fields: long words of an address are cut once, not again when it is written and read") {
  std::string text = "utf-8; \\x{2B}";
  for (int i = 0; i < 500; ++i) text += "\xC3\xA9";
  const auto address = mime::AddressKind::read(mime::field_text(text, mime::kFieldWord));
  REQUIRE(address);
  for (const auto form : {mime::HeaderForm::ascii, mime::HeaderForm::utf8}) {
    const std::string written = mime::field_text(mime::AddressKind::write(*address, form), mime::kFieldWord);
    CHECK(mime::AddressKind::read(written) == address);
  }
}
