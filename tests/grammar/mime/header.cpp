#include "posthorn/grammar/mime/header.h"

#include <doctest/doctest.h>

using namespace posthorn;

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
  CHECK(mime::unfold(" a\r\n b\rc\n\n\td \r\n") == "a bc\td");
  CHECK(mime::unfold("\r\n \r\n") == "");
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
