#include "posthorn/grammar/mime/header.h"

#include <doctest/doctest.h>

#include "posthorn/grammar/char_set.h"

#include "json.h"
#include "shared_data.h"

using namespace posthorn;
using testing::Json;

namespace {
std::string show(View raw) {
  const auto type = mime::parse_content_type(raw);
  if (!type) return "none";
  std::string out = type->type + "/" + type->subtype;
  for (const auto& p : type->parameters) out += " " + p.name + "=[" + p.value + "]";
  return out;
}
std::string decoded(View raw, View name) {
  const auto type = mime::parse_content_type(raw);
  return type ? mime::decoded_parameter(type->parameters, name).value_or("absent") : "none";
}
}  // namespace

TEST_CASE("header: fields are found and unfolded") {
  const View header = "Received: a\r\nSUBJECT : one\r\n\ttwo\r\njunk\r\nreceived: b\r\n\r\nSubject: body\r\n";
  CHECK(mime::find_field(header, "Subject") == " one\r\n\ttwo");
  CHECK(mime::unfold(*mime::find_field(header, "subject")) == "one\ttwo");
  CHECK(mime::find_field(header, "Received") == " a");
  CHECK_FALSE(mime::find_field(header, "To"));
  mime::FieldReader reader(header);
  mime::Field field;
  int count = 0;
  while (reader.next(field)) {
    CHECK(header.substr(field.at).starts_with(field.name));
    ++count;
  }
  CHECK(count == 3);
  CHECK(mime::find_field("A: b", "a") == " b");
  CHECK(mime::find_field("A:", "a") == "");
  CHECK_FALSE(mime::find_field("", "a"));
}

TEST_CASE("header: RFC 2045 section 5.1") {
  CHECK(show(" text/plain; charset=us-ascii (Plain text)") == "text/plain charset=[us-ascii]");
  CHECK(show(" text/plain; charset=\"us-ascii\"") == "text/plain charset=[us-ascii]");
  CHECK(show("(c) Text (c) / (c) HTML (c) ; (c) a (c) = (c) b (c) ; d=\"e \\\"f\\\"\r\n g\"") ==
        "Text/HTML a=[b] d=[e \"f\" g]");
  CHECK(show("multipart/mixed; boundary=a/b?c=d; x=y") == "multipart/mixed boundary=[a/b?c=d] x=[y]");
  CHECK(show("text/plain; ; charset=a;; junk; =c; d=e") == "text/plain charset=[a] d=[e]");
  CHECK(show("text/plain; a=\"open") == "text/plain a=[open]");
  CHECK(show("text") == "none");
  CHECK(show("/plain") == "none");
  CHECK(show("") == "none");
}

TEST_CASE("header: RFC 2231") {
  CHECK(decoded("message/external-body; URL*0=\"ftp://\"; URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"",
                "url") == "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar");
  CHECK(decoded("application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "title") ==
        "This is ***fun***");
  CHECK(decoded(
            "application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; "
            "title*2=\"isn't it!\"",
            "title") == "This is even more ***fun*** isn't it!");
  CHECK(decoded("a/b; name*=iso-8859-1''%E4", "name") == "\xC3\xA4");
  CHECK(decoded("a/b; name=\"=?utf-8?q?=C3=A4?=\"", "name") == "\xC3\xA4");
  CHECK(decoded("a/b; name*1=b; name*0=a; name*3=d", "name") == "ab");
  CHECK(decoded("a/b; name=x", "other") == "absent");
}

TEST_CASE("header: encodings and dispositions") {
  CHECK(mime::parse_encoding(std::nullopt) == mime::Encoding::seven_bit);
  CHECK(mime::parse_encoding(" BASE64 (c)") == mime::Encoding::base64);
  CHECK(mime::parse_encoding(" Quoted-Printable") == mime::Encoding::quoted_printable);
  CHECK(mime::parse_encoding(" x-uuencode") == mime::Encoding::unknown);
  const auto d = mime::parse_disposition(
      " attachment; filename=genome.jpeg;\r\n modification-date=\"Wed, 12 Feb 1997 16:29:51 -0500\";");
  REQUIRE(d);
  CHECK(d->kind == "attachment");
  CHECK(*mime::find_parameter(d->parameters, "FILENAME") == "genome.jpeg");
  CHECK(d->parameters.size() == 2);
  CHECK(mime::parse_tokens(" en, de (German) ,fr") == std::vector<std::string>{"en", "de", "fr"});
}

TEST_CASE("header: published vectors of mail-parser") {
  const auto path = testing::shared_data("mime/mail-parser/header-fields/content_type.json");
  if (!path) return;
  const Json vectors = testing::JsonReader(testing::read_whole_file(*path)).value();
  int agreed = 0;
  for (const Json& v : vectors.items) {
    const Json& want = v["expected"];
    const auto got = mime::parse_content_type(v["header"].text);
    bool same = got && same_word(got->type, want["c_type"].text) && same_word(got->subtype, want["c_subtype"].text);
    for (const Json& a : want["attributes"].items) {
      // Theirs adds the language of RFC 2231 as a parameter of its own.
      if (!same || a.items[0].text.ends_with("-language")) continue;
      same = mime::decoded_parameter(got->parameters, a.items[0].text) == a.items[1].text;
    }
    if (same) ++agreed;
  }
  // The rest has no subtype, or names and values that RFC 2045 does not allow and that they read in another way.
  MESSAGE("agreed on " << agreed << " of " << vectors.items.size());
  CHECK(agreed >= 71);
}
