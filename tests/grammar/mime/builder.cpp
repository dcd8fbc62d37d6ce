#include "posthorn/grammar/mime/builder.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/attachment.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/testing/fakes.h"

#include "mime_transcript.h"

using namespace posthorn;
using mime::Entity;
using mime::Message;
using mime::PartId;

namespace {
std::string built(const Entity& entity, const mime::BuildOptions& options = {}) {
  testing::SeededRandom random(1);
  auto out = mime::build(entity, random, options);
  if (!out) FAIL(out.error().note);
  return *out;
}
Code error_of(const Entity& entity) {
  testing::SeededRandom random(1);
  auto out = mime::build(entity, random);
  REQUIRE(!out);
  CHECK(out.error().blame == Blame::caller);
  return out.error().code;
}
Entity text(std::string octets) { return {.body = mime::TextBody{.text = std::move(octets)}}; }
Entity multipart(std::vector<Entity> parts, std::string subtype = "mixed") {
  return {.body = mime::MultipartBody{.parts = std::move(parts), .subtype = std::move(subtype)}};
}
}  // namespace

TEST_CASE("builder: a text in the encoding that it needs") {
  CHECK(built({.header = "Subject: x\r\n", .body = mime::TextBody{.text = "Hello\n"}}) ==
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nHello\r\n");
  CHECK(built(text("")) == "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n");
  CHECK(built(text("caf\xC3\xA9 and more of it\n")) ==
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\ncaf=C3=A9 and more of it\r\n");
  CHECK(built(text("\xD0\x9F\xD1\x80\xD0\xB8\n")) ==
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n0J/RgNC4DQo=\r\n");
  CHECK(built(text("caf\xC3\xA9\n"), {.eight_bit = true}) ==
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\ncaf\xC3\xA9\r\n");
  // What is over a limit of lines, or would be changed on its way.
  for (const std::string& odd : {std::string(999, 'x'), std::string("From here\n"), std::string("a\nFrom here\n"),
                                 std::string("a text with nul\0", 16), std::string("a\rb")}) {
    const std::string octets = built(text(odd), {.eight_bit = true});
    CHECK(octets.find("Content-Transfer-Encoding: quoted-printable\r\n") != std::string::npos);
    CHECK(octets.find("\r\nFrom ") == std::string::npos);
  }
  CHECK(built(text(std::string(998, 'x'))).find("Transfer-Encoding") == std::string::npos);
  CHECK(error_of(text("\xFF")) == Code::syntax);
}

TEST_CASE("builder: data comes out as it went in") {
  std::string octets;
  for (int i = 0; i < 1000; ++i) octets += static_cast<char>(i);
  const std::string message = built(multipart({{.body = mime::DataBody{.octets = octets, .type = "image/png"},
                                                .file_name = "gr\xC3\xBC\xC3\x9F"
                                                             "e.png",
                                                .content_id = "a@b.test"}}));
  const auto index = Message::index(message);
  CHECK(index.defects().empty());
  CHECK(testing::tree(index) == "multipart/mixed(image/png)");
  CHECK(mime::decode_body(index, PartId(1)) == octets);
  const auto attachment = mime::describe(index, PartId(1));
  CHECK(attachment.name ==
        "gr\xC3\xBC\xC3\x9F"
        "e.png");
  CHECK(attachment.disposition == "attachment");
  CHECK(attachment.content_id == "a@b.test");
}

TEST_CASE("builder: multiparts inside each other, and no line end that nobody wrote") {
  const std::string message =
      built(multipart({multipart({text("a\n"), text("b")}, "alternative"),
                       text("c\n"),
                       {.body = mime::DataBody{.octets = "d", .type = "application/octet-stream"}}}));
  const auto index = Message::index(message);
  CHECK(index.defects().empty());
  CHECK(testing::tree(index) ==
        "multipart/mixed(multipart/alternative(text/plain,text/plain),text/plain,application/octet-stream)");
  CHECK(index.body(PartId(2)) == "a\r\n");
  CHECK(index.body(PartId(3)) == "b");
  CHECK(index.body(PartId(4)) == "c\r\n");
  CHECK(index.body(PartId(5)) == "ZA==");
  CHECK(message.ends_with("--\r\n"));
}

TEST_CASE("builder: a message inside") {
  const std::string inner = "Subject: inner\r\n\r\ntext\r\n";
  const auto whole = built(multipart({{.body = mime::MessageBody{inner}}}, "digest"));
  CHECK(testing::tree(Message::index(whole)) == "multipart/digest(message/rfc822(text/plain))");
  CHECK(whole.find(inner) != std::string::npos);
  // RFC 6532 section 3.7: a header in UTF-8 makes it another type; 8bit goes up to what is around it.
  const auto utf8 = built(multipart({{.body = mime::MessageBody{"Subject: \xC3\xBC\n\ntext\n"}}}));
  CHECK(testing::tree(Message::index(utf8)) == "multipart/mixed(message/global(text/plain))");
  CHECK(utf8.find("Content-Transfer-Encoding: 8bit") < utf8.find("--=_"));
  CHECK(utf8.find("Subject: \xC3\xBC\r\n\r\ntext\r\n") != std::string::npos);
  const auto binary = built(multipart({{.body = mime::MessageBody{std::string("A: b\r\n\r\n\0", 9)}}}));
  CHECK(binary.find("Content-Transfer-Encoding: binary") < binary.find("--=_"));
}

TEST_CASE("builder: a part that is ready stays as it is") {
  const std::string part = "Content-Type: text/plain;\r\n  charset=us-ascii\r\n\r\nsigned text  \r\n";
  const auto whole = built(multipart({{.body = mime::VerbatimBody{part}}, text("signature")}, "signed"));
  const auto index = Message::index(whole);
  CHECK(index.header(PartId(1)) == part.substr(0, part.size() - 15));
  CHECK(index.body(PartId(1)) == "signed text  \r\n");
  CHECK(error_of({.header = "A: b\r\n", .body = mime::VerbatimBody{part}}) == Code::misuse);
}

TEST_CASE("builder: what contradicts itself is refused") {
  CHECK(error_of(multipart({})) == Code::misuse);
  CHECK(error_of({.header = "Content-Type: text/plain\r\n"}) == Code::misuse);
  CHECK(error_of({.header = "mime-version: 1.0\r\n"}) == Code::misuse);
  CHECK(error_of({.body = mime::DataBody{.type = "multipart/mixed"}}) == Code::misuse);
  CHECK(error_of({.body = mime::DataBody{.type = "message/rfc822"}}) == Code::misuse);
  CHECK(error_of({.body = mime::DataBody{.type = "data"}}) == Code::misuse);
  CHECK(error_of({.body = mime::TextBody{.subtype = "a b"}}) == Code::syntax);
  CHECK(error_of({.body = mime::TextBody{.parameters = {{"charset", "x"}}}}) == Code::misuse);
  Entity deep = text("x");
  for (int i = 0; i < 100; ++i) deep = multipart({std::move(deep)});
  CHECK(Message::index(built(deep)).defects().size() <= 1);  // the parser's own limit
  CHECK(error_of(multipart({std::move(deep)})) == Code::too_many);
}

TEST_CASE("builder: a message becomes values and the values the same message") {
  const std::string source =
      "From: =?iso-8859-1?q?J=F6rg?= <j@example.org> (office)\nTo: a@b.test,\n c@d.test\nSubject: =?utf-8?B?w7w=?=\n"
      "Date: Thu, 1 Jan 2026 00:00:00 +0100\nReceived: from a\n\tby b; Thu, 1 Jan 2026 00:00:00 +0100\n"
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\npreamble\n--x\n"
      "Content-Type: text/plain; charset=iso-8859-1; format=flowed\nContent-Transfer-Encoding: "
      "quoted-printable\n\nsch=F6n\n"
      "--x\nContent-Type: application/pdf; name*0*=utf-8''%C3%BC; name*1*=b.pdf\n"
      "Content-Disposition: ATTACHMENT; filename=\"=?utf-8?q?=C3=BCb=2Epdf?=\"\nContent-Transfer-Encoding: "
      "base64\n\nAAECAw==\n"
      "--x\nContent-Type: message/rfc822\n\nSubject: inner\n\nbody\n--x--\nepilogue\n";
  const auto before = Message::index(source);
  const std::string octets = built(mime::entity_of(before));
  const auto after = Message::index(octets);
  CHECK(after.defects().empty());
  CHECK(testing::tree(after) == "multipart/mixed(text/plain,application/pdf,message/rfc822(text/plain))");
  const View header = after.header(PartId(0));
  CHECK(header.starts_with("From: =?utf-8?q?J=C3=B6rg?= <j@example.org>\r\nTo: a@b.test, c@d.test\r\n"));
  CHECK(header.contains("\r\nSubject: =?utf-8?q?=C3=BC?=\r\nDate: Thu, 1 Jan 2026 00:00:00 +0100\r\n"));
  CHECK(header.contains("Received: from a\r\n\tby b; Thu, 1 Jan 2026 00:00:00 +0100\r\n"));
  CHECK(mime::decode_text(after, PartId(1)) == "sch\xC3\xB6n");
  CHECK(after.header(PartId(1)).contains("format=flowed"));
  CHECK(mime::decode_body(after, PartId(2)) == std::string("\0\1\2\3", 4));
  CHECK(mime::file_name(after, PartId(2)) ==
        "\xC3\xBC"
        "b.pdf");
  CHECK(after.body(PartId(3)) == "Subject: inner\r\n\r\nbody");
}

TEST_CASE("builder: a header is fields and nothing else") {
  for (const std::string bad : {"Subject: x", "Subject: x\n", "Subject: x\r\n\r\nbody\r\n", "x\r\n", " x: y\r\n",
                                "A: b\r\n--x\r\n", "--x: y\r\n", "A: b\r\n \r\n c\r\n", "A: b\rc\r\n"}) {
    CAPTURE(bad);
    CHECK(error_of({.header = bad}) == Code::misuse);
  }
  CHECK(error_of({.header = "Content-Disposition: inline\r\n", .file_name = "x"}) == Code::misuse);
  CHECK(error_of({.header = "Content-ID: <a@b>\r\n", .content_id = "c@d"}) == Code::misuse);
}

TEST_CASE("builder: which messages are global (RFC 6532 section 3.7)") {
  const auto type = [](std::string inner) {
    return testing::tree(Message::index(built(multipart({{.body = mime::MessageBody{std::move(inner)}}}))), PartId(1));
  };
  CHECK(type("\r\n\xC3\xBC\r\n\r\nx").starts_with("message/rfc822"));
  CHECK(type("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nX: \xC3\xBC\r\n\r\nx\r\n--a--\r\n")
            .starts_with("message/global"));
}

TEST_CASE("builder: what its sender has to ask for") {
  CHECK(mime::consists_of("a\r\n") == mime::Octets::seven_bit);
  CHECK(mime::consists_of("\xC3\xBC\r\n") == mime::Octets::eight_bit);
  CHECK(mime::consists_of("a\nb") == mime::Octets::binary);
  CHECK(mime::consists_of(std::string(998, 'x')) == mime::Octets::seven_bit);
  CHECK(mime::consists_of(std::string(999, 'x')) == mime::Octets::binary);
}

TEST_CASE("builder: values of odd messages can be built") {
  for (const std::string& octets : {std::string("Content-Type: applic\xC3\xA4tion/x\r\n\r\nx"), std::string(),
                                    "Content-Type: " + std::string(1500, 'x') + "/y\r\n\r\nx"}) {
    testing::SeededRandom random(1);
    const auto out = mime::build(mime::entity_of(Message::index(octets)), random);
    CHECK(out.has_value());
  }
  const std::string urls = "List-Unsubscribe: <https://x.test/u?a=?b>\r\n";
  CHECK(built(mime::entity_of(Message::index(urls + "\r\n"))).starts_with(urls));
}
