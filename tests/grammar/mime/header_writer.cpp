#include "posthorn/grammar/mime/header_writer.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/encoded_word.h"

using namespace posthorn;
using mime::HeaderForm;
using mime::HeaderWriter;

namespace {
using List = std::vector<mail::Address>;

std::string text(View name, View value, HeaderForm form = HeaderForm::ascii) {
  return *HeaderWriter(form).text(name, value).finish();
}
std::string addresses(View list, HeaderForm form = HeaderForm::ascii) {
  return *HeaderWriter(form).addresses("To", mail::address_list(list)).finish();
}
std::string value(View value, const std::vector<mime::Parameter>& parameters, HeaderForm form = HeaderForm::ascii) {
  return *HeaderWriter(form).value("Content-Type", value, parameters).finish();
}
/// What a reader of the field sees.
std::string read(const std::string& field) {
  return mime::decode_words(mime::unfold(*mime::find_field(field, field.substr(0, field.find(':')))));
}
Error error_of(HeaderWriter& writer) {
  auto out = writer.finish();
  REQUIRE(!out);
  CHECK(out.error().blame == Blame::caller);
  return out.error();
}
std::size_t longest_line(View text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    REQUIRE(end != View::npos);
    longest = std::max(longest, end);
    text.remove_prefix(end + 2);
  }
  return longest;
}
std::string repeat(View word, std::size_t count) {
  std::string out;
  while (count-- > 0) out += word;
  return out;
}
}  // namespace

TEST_CASE("header writer: texts") {
  CHECK(text("Subject", "Hello there") == "Subject: Hello there\r\n");
  CHECK(text("Subject", "") == "Subject:\r\n");
  CHECK(text("Subject", "tab\tand  two spaces") == "Subject: tab\tand  two spaces\r\n");
  // RFC 2047 section 8: the form, with our choice of charset.
  CHECK(text("Subject",
             "Gr\xC3\xBC\xC3\x9F"
             "e") == "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n");
  CHECK(text("Subject",
             "a Gr\xC3\xBC\xC3\x9F"
             "e an \xC3\xBC z") == "Subject: a =?utf-8?q?Gr=C3=BC=C3=9Fe?= an =?utf-8?q?=C3=BC?= z\r\n");
  CHECK(text("Subject", "\xD0\x9F\xD1\x80\xD0\xB8 \xD0\xB2\xD0\xB5\xD1\x82") ==
        "Subject: =?utf-8?b?0J/RgNC4INCy0LXRgg==?=\r\n");
  CHECK(text("Subject",
             "Gr\xC3\xBC\xC3\x9F"
             "e",
             HeaderForm::utf8) ==
        "Subject: Gr\xC3\xBC\xC3\x9F"
        "e\r\n");
  // What looks like an encoded word must not be read as one.
  CHECK(text("Subject", "=?utf-8?q?x?=") == "Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\r\n");
  CHECK(text("Subject", "=?utf-8?q?x?=", HeaderForm::utf8) == "Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\r\n");
}

TEST_CASE("header writer: long texts are folded before white space at 78 octets") {
  const std::string words = repeat("word ", 40) + "end";
  const std::string field = text("Subject", words);
  CHECK(longest_line(field) <= 78);
  CHECK(field.substr(0, field.find("\r\n")) == "Subject: " + repeat("word ", 13) + "word");
  CHECK(read(field) == words);
  const std::string url = "see https://example.org/" + std::string(200, 'x') + " there";
  CHECK(text("Subject", url) == "Subject: see\r\n https://example.org/" + std::string(200, 'x') + "\r\n there\r\n");
}

TEST_CASE("header writer: what is read is what was written") {
  for (const HeaderForm form : {HeaderForm::ascii, HeaderForm::utf8}) {
    for (const std::string& value : std::vector<std::string>{" leading",
                                                             "trailing ",
                                                             "  both  ",
                                                             " ",
                                                             "\t",
                                                             "a  b",
                                                             "a" + std::string(50, ' ') + "b",
                                                             "\xC3\xBC" + std::string(50, ' ') + "b",
                                                             "a" + std::string(50, ' ') + "\xC3\xBC",
                                                             "\xC3\xBC ",
                                                             "a \xC3\xBC  \xC3\xBC b",
                                                             "\xC3\xBC a \xC3\xBC",
                                                             repeat("\xE2\x82\xAC", 300),
                                                             repeat("\xE2\x82\xAC ", 300),
                                                             repeat("caf\xC3\xA9 ", 100) + "x",
                                                             std::string(5000, 'x'),
                                                             "=?",
                                                             "=?x",
                                                             "? = ?=",
                                                             "_ = ? \" \\",
                                                             repeat("\xF0\x9F\x93\xAF", 77),
                                                             "x " + std::string(3000, 'y') + " z",
                                                             "\xEF\xBB\xBF"}) {
      CAPTURE(value);
      const std::string field = text("Subject", value, form);
      CHECK(read(field) == value);
      if (form == HeaderForm::ascii) {
        CHECK(std::ranges::all_of(field, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
        CHECK(longest_line(field) <= 78);
      }
      CHECK(longest_line(field) <= 998);
    }
  }
}

TEST_CASE("header writer: no encoded word has over 75 octets and none cuts a character (RFC 2047 sections 2 and 5)") {
  for (const std::string character : {"\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x93\xAF"}) {
    std::string field = text("Subject", "ASCII " + repeat(character, 200));
    CHECK(longest_line(field) <= 76);
    std::size_t words = 0;
    for (std::size_t at = field.find("=?"); at != std::string::npos; at = field.find("=?", at + 2)) {
      const std::size_t end = field.find("?=", field.find("?", field.find("?", at + 2) + 1) + 1) + 2;
      CHECK(end - at <= 75);
      const std::string decoded = mime::decode_words(field.substr(at, end - at));
      CHECK(decoded == repeat(character, decoded.size() / character.size()));
      ++words;
      at = end - 2;
    }
    CHECK(words > 5);
  }
}

TEST_CASE("header writer: a text cannot end its field") {
  for (const std::string& bad : {std::string("a\r\nBcc: x"), std::string("a\nb"), std::string("a\rb"),
                                 std::string("a\0b", 3), std::string("\x7F"), std::string("\xFF")}) {
    CHECK(error_of(HeaderWriter().text("Subject", bad)).code == Code::syntax);
    CHECK(error_of(HeaderWriter().addresses("To", List{{.name = bad, .local_part = "a", .domain = "b"}})).code ==
          Code::syntax);
    CHECK(error_of(HeaderWriter().addresses("To", List{{.local_part = bad, .domain = "b"}})).code == Code::syntax);
    CHECK(error_of(HeaderWriter().addresses("To", List{{.local_part = "a", .domain = bad}})).code == Code::syntax);
    CHECK(error_of(HeaderWriter().message_ids("References", std::vector{bad})).code == Code::syntax);
    CHECK(error_of(HeaderWriter().value("X", bad)).code == Code::syntax);
    CHECK(error_of(HeaderWriter().value("X", "a", std::vector<mime::Parameter>{{"n", bad}})).code == Code::syntax);
    CHECK(error_of(HeaderWriter().value("X", "a", std::vector<mime::Parameter>{{bad, "v"}})).code == Code::syntax);
    CHECK(error_of(HeaderWriter().raw("X", bad)).code == Code::syntax);
    CHECK(error_of(HeaderWriter().text(bad, "x")).code == Code::syntax);
  }
  for (const View name : {"", "a b", "a:", "\xC3\xBC"})
    CHECK(error_of(HeaderWriter().text(name, "x")).code == Code::syntax);
  CHECK(error_of(HeaderWriter().text(std::string(78, 'x'), "x")).code == Code::syntax);
  // The first failure stays, and names its field.
  HeaderWriter writer;
  writer.text("Subject", "a\nb").text("Comments", std::string("\0", 1));
  CHECK(error_of(writer).note == "Subject: a line end or control character in the text");
}

TEST_CASE("header writer: addresses") {
  CHECK(addresses("ann@example.org") == "To: ann@example.org\r\n");
  CHECK(addresses("Ann B. Smith <ann@example.org>, bob@example.net, \"C \\\"x\\\"\" <c@example.com>") ==
        "To: \"Ann B. Smith\" <ann@example.org>, bob@example.net,\r\n \"C \\\"x\\\"\" <c@example.com>\r\n");
  CHECK(addresses("Ann Smith <ann@example.org>") == "To: Ann Smith <ann@example.org>\r\n");
  CHECK(addresses("J\xC3\xB6rg Doe <joerg@example.org>") == "To: =?utf-8?q?J=C3=B6rg_Doe?= <joerg@example.org>\r\n");
  CHECK(addresses("J\xC3\xB6rg Doe <joerg@example.org>", HeaderForm::utf8) ==
        "To: J\xC3\xB6rg Doe <joerg@example.org>\r\n");
  CHECK(addresses("\"two words\"@example.org") == "To: \"two words\"@example.org\r\n");
  CHECK(addresses("x@[192.0.2.1]") == "To: x@[192.0.2.1]\r\n");
  // RFC 5322 appendix A.1.3.
  CHECK(addresses("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;") ==
        "To: A Group: Ed Jones <c@a.test>, joe@where.test, John <jdoe@one.test>;\r\n");
  CHECK(addresses("Undisclosed recipients:;") == "To: Undisclosed recipients:;\r\n");
  CHECK(addresses("B\xC3\xBC"
                  "ro: a@b.test;, c@d.test") == "To: =?utf-8?q?B=C3=BCro?= : a@b.test;, c@d.test\r\n");
  CHECK(HeaderWriter().addresses("To", List{}).finish()->empty());
}

TEST_CASE("header writer: domains and local parts beyond ASCII") {
  const List list{{.local_part = "info",
                   .domain = "b\xC3\xBC"
                             "cher.example"}};
  CHECK(*HeaderWriter().addresses("To", list).finish() == "To: info@xn--bcher-kva.example\r\n");
  CHECK(*HeaderWriter(HeaderForm::utf8).addresses("To", list).finish() ==
        "To: info@b\xC3\xBC"
        "cher.example\r\n");
  const List local{{.local_part = "j\xC3\xB6rg", .domain = "example.org"}};
  CHECK(error_of(HeaderWriter().addresses("To", local)).code == Code::unsupported);
  CHECK(*HeaderWriter(HeaderForm::utf8).addresses("To", local).finish() == "To: j\xC3\xB6rg@example.org\r\n");
  for (const mail::Address& bad : List{{.local_part = "a"},
                                       {.domain = "b"},
                                       {.local_part = "a", .domain = "b c"},
                                       {.local_part = "a", .domain = "b>,<c@d"},
                                       {.local_part = "a", .domain = "[b]c]"}}) {
    CHECK(error_of(HeaderWriter().addresses("To", List{bad})).code == Code::syntax);
    CHECK(error_of(HeaderWriter(HeaderForm::utf8).addresses("To", List{bad})).code == Code::syntax);
  }
}

TEST_CASE("header writer: many addresses are folded between them, and read as they were") {
  List list;
  for (int i = 0; i < 50; ++i) {
    list.push_back({.name = i % 3 == 0   ? "P\xC3\xA9ter " + std::to_string(i)
                            : i % 3 == 1 ? "x.y, z"
                                         : "",
                    .local_part = "user" + std::to_string(i),
                    .domain = "example.org"});
  }
  const std::string field = *HeaderWriter().addresses("To", list).finish();
  CHECK(longest_line(field) <= 78);
  const auto again = mail::address_list(*mime::find_field(field, "To"));
  REQUIRE(again.size() == list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    CHECK(mime::decode_words(again[i].name) == list[i].name);
    CHECK(again[i].local_part == list[i].local_part);
  }
}

TEST_CASE("header writer: dates and ids") {
  const WallTime when{std::chrono::seconds(1'767'225'600)};
  CHECK(*HeaderWriter().date("Date", when, std::chrono::minutes(-210)).finish() ==
        "Date: Wed, 31 Dec 2025 20:30:00 -0330\r\n");
  CHECK(*HeaderWriter().date("Date", when).finish() == "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n");
  const std::vector<std::string> ids{"a@b.test", std::string(60, 'x') + "@b.test", "c@d.test"};
  CHECK(*HeaderWriter().message_ids("References", ids).finish() ==
        "References: <a@b.test>\r\n <" + std::string(60, 'x') + "@b.test>\r\n <c@d.test>\r\n");
  const std::vector<std::string> beyond{"\xC3\xBC@b.test"};
  CHECK(error_of(HeaderWriter().message_ids("Message-ID", beyond)).code == Code::unsupported);
  CHECK(error_of(HeaderWriter().message_ids("Message-ID", std::vector<std::string>{"a b"})).code == Code::syntax);
  CHECK(error_of(HeaderWriter().message_ids("Message-ID", std::vector{std::string(998, 'x')})).code == Code::too_long);
}

TEST_CASE("header writer: parameters (RFC 2045, 2231)") {
  CHECK(value("text/plain", {{"charset", "utf-8"}, {"format", "flowed"}}) ==
        "Content-Type: text/plain; charset=utf-8; format=flowed\r\n");
  CHECK(value("a/b", {{"name", "two words \"x\".pdf"}}) == "Content-Type: a/b; name=\"two words \\\"x\\\".pdf\"\r\n");
  CHECK(value("a/b", {{"name", ""}}) == "Content-Type: a/b; name=\"\"\r\n");
  // RFC 2231 section 4, with our charset.
  CHECK(value("a/b", {{"title", "This is *fun* \xC3\xA4"}}) ==
        "Content-Type: a/b; title*=utf-8''This%20is%20%2Afun%2A%20%C3%A4\r\n");
  CHECK(value("a/b", {{"name", "\xC3\xA4 b"}}, HeaderForm::utf8) == "Content-Type: a/b; name=\"\xC3\xA4 b\"\r\n");
  CHECK(value("a/b", {{"name", "=?utf-8?q?x?="}}) == "Content-Type: a/b; name*=utf-8''%3D%3Futf-8%3Fq%3Fx%3F%3D\r\n");
  CHECK(value("attachment", {}) == "Content-Type: attachment\r\n");
  for (const View bad : {"", "a/", "/b", "a/b/c", "a b", "a;b"}) {
    CHECK(error_of(HeaderWriter().value("Content-Type", bad)).code == Code::syntax);
  }
}

TEST_CASE("header writer: long parameters come back whole") {
  for (const std::string& long_value :
       {std::string(200, 'x'), repeat("\xE2\x82\xAC", 100), repeat("a b\"\\", 60), repeat("\xF0\x9F\x93\xAF ", 50)}) {
    const std::string field = value("a/b", {{"x", "y"}, {"filename", long_value}, {"z", "1"}});
    CAPTURE(field);
    CHECK(longest_line(field) <= 78);
    const auto type = mime::parse_content_type(*mime::find_field(field, "Content-Type"));
    REQUIRE(type);
    CHECK(mime::decoded_parameter(type->parameters, "filename") == long_value);
    CHECK(mime::decoded_parameter(type->parameters, "z") == "1");
  }
  CHECK(error_of(HeaderWriter().value("X", "a", std::vector<mime::Parameter>{{"n", std::string(7001, 'x')}})).code ==
        Code::too_long);
  CHECK(HeaderWriter()
            .value("X", "a", std::vector<mime::Parameter>{{std::string(40, 'n'), std::string(7000, ' ')}})
            .finish());
}

TEST_CASE("header writer: a body that is ready") {
  CHECK(*HeaderWriter().raw("DKIM-Signature", " v=1;\r\n\tb=x").finish() == "DKIM-Signature: v=1;\r\n\tb=x\r\n");
  CHECK(*HeaderWriter().raw("X", "y").finish() == "X: y\r\n");
  for (const std::string& bad : {std::string("a\r\nb"), std::string("a\r\n"), std::string("a\r\n \r\n b"),
                                 std::string("\xC3\xBC"), std::string("a\r\n b\n c")}) {
    CHECK(error_of(HeaderWriter().raw("X", bad)).code == Code::syntax);
  }
  CHECK(error_of(HeaderWriter().raw("X", std::string(996, 'x'))).code == Code::too_long);
  CHECK(HeaderWriter().raw("X", std::string(995, 'x')).finish());
}

TEST_CASE("header writer: a field with a grammar of its own is folded and not encoded") {
  const std::string urls =
      "<https://example.org/u?a=?1>, <mailto:leave@example.org?subject=" + std::string(900, 'x') + ">";
  const std::string field = *HeaderWriter().structured("List-Unsubscribe", urls).finish();
  CHECK(field.starts_with("List-Unsubscribe: <https://example.org/u?a=?1>,\r\n <mailto:"));
  CHECK(mime::unfold(*mime::find_field(field, "List-Unsubscribe")) == urls);
  CHECK(error_of(HeaderWriter().structured("X", "\xC3\xBC")).code == Code::syntax);
  CHECK(error_of(HeaderWriter().structured("X", std::string(999, 'x'))).code == Code::too_long);
}

TEST_CASE("header writer: lines with an encoded word have at most 76 octets (RFC 2047 section 2)") {
  for (const std::string& value :
       {"\xC3\xBC a " + repeat("bc ", 40), std::string(50, 'a') + std::string(20, ' ') + repeat("\xC3\xBC", 40),
        repeat("word \xC3\xBC other ", 30)}) {
    for (const std::string& name : {std::string("Subject"), std::string(60, 'N')}) {
      const std::string field = text(name, value);
      for (View rest = field; !rest.empty();) {
        const View line = rest.substr(0, rest.find("\r\n"));
        CAPTURE(line);
        CHECK(line.size() <= (line.contains("=?") ? 76U : 78U));
        rest.remove_prefix(line.size() + 2);
      }
      CHECK(read(field) == value);
    }
  }
}

TEST_CASE("header writer: nothing that contradicts itself or is too long") {
  CHECK(error_of(HeaderWriter().text("--a", "b")).code == Code::syntax);
  CHECK(error_of(HeaderWriter().value("X", "a/b", std::vector<mime::Parameter>{{"n", "1"}, {"N", "2"}})).code ==
        Code::syntax);
  CHECK(error_of(HeaderWriter().value("X", std::string(2000, 'a') + "/b")).code == Code::too_long);
  CHECK(error_of(HeaderWriter().date("Date", WallTime{}, std::chrono::hours(24))).code == Code::syntax);
  CHECK(error_of(HeaderWriter().date("Date", WallTime(std::chrono::hours(24 * 366 * 9000)))).code == Code::syntax);
  CHECK(error_of(HeaderWriter().addresses("To", List{{.local_part = "a", .domain = "b\r\nX: y"}})).note ==
        "To: no address: a@b??X: y");
  // What the mapping of names changes is written as it is meant (UTS 46: the soft hyphen goes).
  const List soft{{.local_part = "a",
                   .domain = "b\xC2\xAD"
                             "c.test"}};
  CHECK(*HeaderWriter(HeaderForm::utf8).addresses("To", soft).finish() == "To: a@bc.test\r\n");
}
