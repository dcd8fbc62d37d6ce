#include "posthorn/grammar/mime/readings.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "shared_data.h"

using namespace posthorn;

namespace {
/// "kind[octets it is about] ..." in the order of the message.
std::string told(View octets) {
  std::string out;
  for (const auto& r : mime::readings(mime::Message::index(octets))) {
    if (!out.empty()) out += " ";
    out += std::string(mime::row_of(r.kind).name) + "[" + std::string(octets.substr(r.at, r.octets)) + "]";
  }
  return out;
}

std::string in_header(const std::string& fields) { return told("MIME-Version: 1.0\r\n" + fields + "\r\nbody\r\n"); }

std::string multipart(const std::string& type, const std::string& body) {
  return told("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; " + type + "\r\n\r\n" + body);
}

std::string encoded(const std::string& encoding, const std::string& body) {
  return told("MIME-Version: 1.0\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + body);
}
}  // namespace

TEST_CASE("readings: an honest message has one") {
  CHECK(told("") == "header_without_end[]");
  CHECK(told("From: a@example.org\r\nSubject: =?utf-8?q?=C3=A4?=\r\n\r\nText.\r\n") == "");
  CHECK(
      told("From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a b\"\n\nhello\n--a b\n\n"
           "one\n--a b\nContent-Type: text/plain; name=a; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
           "YQ==\n--a b--\nbye\n") == "");
}

TEST_CASE("readings: lines of a header") {
  CHECK(in_header("From : a\r\n") == "space_before_colon[From ]");
  CHECK(in_header("A: b\r\nno colon\r\nC: d\r\n") == "line_without_colon[no colon\r\n]");
  CHECK(in_header("A: b\r\n \r\nC: d\r\n") == "white_space_line[ \r\n]");
  CHECK(told(" a\r\nA: b\r\n\r\n") == "leading_continuation[ a\r\n]");
  CHECK(told("A: b\r\nC: d\r\n") == "header_without_end[]");
  CHECK(in_header("A: b\rC: d\r\n") == "bare_cr[\r]");
  CHECK(in_header("A: b\n\rC: d\r\n") == "bare_lf[\n] line_without_colon[\rC: d\r\n] bare_cr[\r]");
  CHECK(in_header("A: b\r\r\nC: d\r\n") == "odd_line_end[\r]");
  CHECK(in_header("A: b\nC: d\r\n") == "bare_lf[\n]");
  CHECK(in_header(std::string("A: b\0c\r\n", 8)) == std::string("nul_octet[\0]", 12));
  CHECK(told("From me Mon Nov 23\r\nA: b\r\n\r\n") == "");
}

TEST_CASE("readings: fields") {
  CHECK(in_header("Subject: a\r\nSUBJECT: b\r\n") == "duplicate_field[SUBJECT: b]");
  CHECK(in_header("Content-Type: text/plain\r\nContent-type: text/html\r\n") ==
        "duplicate_field[Content-type: text/html]");
  CHECK(in_header("X: a\r\nX: b\r\n") == "");
  CHECK(in_header("Subject: \xE4\r\n") == "eight_bit_field[ \xE4]");
  CHECK(in_header("Subject: \xC3\xA4\r\n") == "");
  CHECK(in_header("From: \"=?utf-8?q?a?=\" <a@example.org>\r\n") == "encoded_word_in_quotes[=?utf-8?q?a?=]");
  CHECK(in_header("Subject: =?utf-8?q?a b?=\r\n") == "encoded_word_with_space[=?utf-8?q?a b?=]");
  CHECK(told("Content-Type: text/html\r\n\r\n") == "no_mime_version[]");
}

TEST_CASE("readings: content fields") {
  CHECK(in_header("Content-Type: text\r\n") == "content_type_unreadable[ text]");
  CHECK(in_header("Content-Type: text/plain (x); charset=utf-8\r\n") ==
        "comment_in_value[ text/plain (x); charset=utf-8]");
  CHECK(in_header("Content-Type: text/plain; charset=utf-8; charset=koi8-r\r\n") == "duplicate_parameter[charset]");
  CHECK(in_header("Content-Type: text/plain; charset*0=ut; charset*1=f-8\r\n") ==
        "split_parameter[charset*0] split_parameter[charset*1]");
  CHECK(in_header("Content-Disposition: attachment; filename=a.txt; filename*=utf-8''b.exe\r\n") ==
        "two_names[filename*]");
  CHECK(in_header("Content-Type: text/plain; name=a b.exe\r\n") == "loose_parameter[a b.exe]");
  CHECK(in_header("Content-Type: text/plain; name=\"a.exe\r\n") == "open_quote[a.exe]");
  CHECK(in_header("Content-Type: text/plain charset=utf-8\r\n") == "missing_semicolon[charset]");
  CHECK(in_header("Content-Type: text/plain;; charset=utf-8\r\n") == "empty_parameter[;]");
  for (const std::string value : {"base64 (a)", "\"base64\"", "base 64", "=?utf-8?q?base64?=", "\r\n base64"}) {
    CAPTURE(value);
    CHECK(in_header("Content-Transfer-Encoding: " + value + "\r\n").starts_with("encoding_spelling["));
  }
  CHECK(in_header("Content-Transfer-Encoding: basE46\r\n") == "encoding_unknown[ basE46]");
}

TEST_CASE("readings: boundaries and delimiters") {
  CHECK(multipart("charset=utf-8", "--a\r\n\r\nx\r\n") == "boundary_missing[]");
  CHECK(multipart("boundary=\"a \"", "--a\r\n\r\nx\r\n--a--\r\n") == "odd_boundary[a ]");
  CHECK(multipart("boundary=a", "x\r\n") == "no_delimiter[x\r\n]");
  CHECK(multipart("boundary=a", "--a\r\n\r\nx\r\n") == "no_closing_delimiter[]");
  CHECK(multipart("boundary=a", "--a\r\n\r\nx\r\n--ab\r\n--a--\r\n") == "delimiter_with_text[--ab]");
  CHECK(multipart("boundary=a", "--a\r\n\r\nx\r--a\r\ny\r\n--a--\r\n") == "delimiter_after_bare_cr[--a]");
  CHECK(multipart("boundary=a", "--a\r\n\r\nx\r\n--a--\r\n--a\r\n\r\ny\r\n--a--\r\n") ==
        "delimiter_after_close[--a] delimiter_after_close[--a--]");
  CHECK(multipart("boundary=a", "Content-Type: text/html\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n") ==
        "entity_in_preamble[Content-Type: text/html]");
  CHECK(multipart("boundary=a", "--a\r\n\r\nx\r\n--a--\r\nContent-Type: text/html\r\n") ==
        "entity_in_epilogue[Content-Type: text/html]");
  const std::string inner = "--a\r\nContent-Type: multipart/mixed; boundary=";
  CHECK(multipart("boundary=a", inner + "a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n--a--\r\n") == "boundary_repeated[a]");
  CHECK(multipart("boundary=a", inner + "ab\r\n\r\n--ab\r\n\r\nx\r\n--ab--\r\n--a--\r\n") == "boundary_prefix[ab]");
  CHECK(in_header("Content-Type: text/plain; boundary=a\r\n\r\n--a\r\n\r\nx\r\n") == "boundary_on_leaf[--a]");
  CHECK(multipart("boundary=a\r\nContent-Transfer-Encoding: base64", "--a\r\n\r\nx\r\n--a--\r\n") ==
        "encoded_composite[]");
}

TEST_CASE("readings: bodies") {
  CHECK(encoded("base64", "YQ==\r\n") == "");
  CHECK(encoded("base64", "YW!Fh\r\n") == "foreign_octet[!]");
  CHECK(encoded("base64", "YQ==YQ==\r\n") == "data_after_padding[Y]");
  CHECK(encoded("base64", "YWF\r\n").starts_with("cut_group["));
  CHECK(encoded("quoted-printable", "a=C3=A4=\r\nb\r\n") == "");
  CHECK(encoded("quoted-printable", "a=Cx\r\n") == "bad_hex[=]");
  CHECK(encoded("quoted-printable", "a=x\r\n") == "bare_equals[=]");
  CHECK(encoded("quoted-printable", "a \r\nb\r\n") == "trailing_space[ ]");
  CHECK(encoded("quoted-printable", std::string(90, 'a') + "\r\n") == "long_line[a]");
  CHECK(encoded("7bit", "hello\r\nbegin 644 a.exe\r\n#86)C\r\n`\r\nend\r\n") == "uuencoded_text[begin 644 a.exe]");
  CHECK(in_header("Content-Type: message/partial; id=a\r\n").starts_with("message_partial["));
}

TEST_CASE("readings: limits bound what is told") {
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += "A : b\r\n";
  CHECK(mime::readings(mime::Message::index(fields + "\r\n")).size() == mime::kMaxReadingsOfKind);
  std::string many = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n";
  for (std::size_t i = 0; i < 2 * mime::kMaxReadings; ++i) many += "--a\r\nA : b\r\n\r\n";
  CHECK(mime::readings(mime::Message::index(many)).size() == mime::kMaxReadings);
  mime::Limits limits;
  limits.max_fields = 5;
  const auto over = mime::readings(mime::Message::index(fields + "\r\n", limits));
  CHECK(std::ranges::count(over, mime::Ambiguity::over_limit, &mime::Reading::kind) == 1);
}

TEST_CASE("readings: every row is printed in docs/mime-readings.md, and nothing else is") {
  std::ifstream file("docs/mime-readings.md");
  const std::string doc{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(!doc.empty());
  std::set<View> names;
  for (const auto& row : mime::ambiguities()) {
    const std::string line = "| `" + std::string(row.name) + "` | " + std::string(row.ours) + " | " +
                             std::string(row.others) + " | " + std::string(row.source) + " |\n";
    CHECK_MESSAGE(doc.find(line) != std::string::npos, "docs/mime-readings.md should have: " << line);
    CHECK(names.insert(row.name).second);
  }
  CHECK(names.size() == mime::ambiguities().size());
}
