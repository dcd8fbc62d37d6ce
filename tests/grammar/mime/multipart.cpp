#include "posthorn/grammar/mime/multipart.h"

#include <array>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/header.h"

using namespace posthorn;

TEST_CASE("multipart: the best alternative is the last that can be shown") {
  constexpr View kText =
      "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: "
      "text/html\r\n\r\n"
      "html\r\n--b\r\nContent-Type: text/x-amp-html\r\n\r\namp\r\n--b--";
  const auto message = mime::Message::index(kText);
  constexpr std::array<View, 2> kBoth{"text/plain", "text/html"};
  constexpr std::array<View, 1> kPlain{"text/plain"};
  CHECK(mime::best_alternative(message, mime::PartId(0), kBoth) == mime::PartId(2));
  CHECK(mime::best_alternative(message, mime::PartId(0), kPlain) == mime::PartId(1));
  CHECK(mime::best_alternative(message, mime::PartId(0), {}) == mime::PartId(1));
  CHECK(!mime::best_alternative(message, mime::PartId(1), kBoth));
}

TEST_CASE("multipart: the root of related parts (RFC 2387 section 3.2)") {
  constexpr View kText =
      "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n"
      "Content-Type: multipart/related; boundary=b; start=\"<root@x>\"\r\n\r\n--b\r\nContent-Type: "
      "image/gif\r\n\r\n1\r\n"
      "--b\r\nContent-Type: text/html\r\nContent-ID: <root@x>\r\n\r\n2\r\n--b--\r\n--a--";
  const auto message = mime::Message::index(kText);
  CHECK(mime::related_root(message, mime::PartId(1)) == mime::PartId(3));
  CHECK(mime::main_part(message, mime::PartId(0)) == mime::PartId(3));
  constexpr std::array<View, 1> kHtml{"text/html"};
  CHECK(mime::best_alternative(message, mime::PartId(0), kHtml) == mime::PartId(1));
  CHECK(!mime::related_root(message, mime::PartId(2)));
  const auto other = mime::Message::index(
      "Content-Type: multipart/related; boundary=b; start=\"<none@x>\"\r\n\r\n--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--");
  CHECK(mime::related_root(other, mime::PartId(0)) == mime::PartId(1));
}

TEST_CASE("multipart: signed and encrypted (RFC 1847)") {
  constexpr View kSigned =
      "Content-Type: multipart/signed; boundary=b; micalg=PGP-SHA256;\r\n "
      "protocol=\"application/PGP-signature\"\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nsigned\r\n--b\r\nContent-Type: "
      "application/pgp-signature\r\n\r\nsig\r\n--b--";
  const auto message = mime::Message::index(kSigned);
  const auto found = mime::security_of(message, mime::PartId(0));
  REQUIRE(found);
  CHECK(found->protocol == "application/pgp-signature");
  CHECK(found->micalg == "pgp-sha256");
  CHECK(found->content == mime::PartId(1));
  CHECK(found->control == mime::PartId(2));
  CHECK(std::string(message.header(found->content)) + std::string(message.body(found->content)) ==
        "Content-Type: text/plain\r\n\r\nsigned");
  const auto encrypted = mime::Message::index(
      "Content-Type: multipart/encrypted; boundary=b; protocol=x/y\r\n\r\n--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--");
  CHECK(mime::security_of(encrypted, mime::PartId(0))->content == mime::PartId(2));
  const auto one = mime::Message::index("Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n1\r\n--b--");
  CHECK(!mime::security_of(one, mime::PartId(0)));
  CHECK(!mime::security_of(message, mime::PartId(1)));
}

TEST_CASE("multipart: reports (RFC 6522)") {
  const auto message = mime::Message::index(
      "Content-Type: multipart/report; report-type=Delivery-Status; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n"
      "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n--b--");
  const auto report = mime::report_of(message, mime::PartId(0));
  REQUIRE(report);
  CHECK(report->type == "delivery-status");
  CHECK(report->text == mime::PartId(1));
  CHECK(report->fields == mime::PartId(2));
  CHECK(!report->returned);
  CHECK(!mime::report_of(message, mime::PartId(1)));
}

TEST_CASE("multipart: a digest holds messages") {
  const auto message = mime::Message::index(
      "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: one\r\n\r\n1\r\n--b--");
  CHECK(message.part(mime::PartId(1)).is_message());
  CHECK(mime::main_part(message, mime::PartId(0)) == mime::PartId(1));
}

TEST_CASE("multipart: pieces of a message (the example of RFC 2046 section 5.2.2.2)") {
  const auto message = mime::Message::index(
      "Content-type: message/partial; id=\"ABC@host.com\"; number=1;\r\n total=2\r\n\r\nSubject: Audio mail\r\n");
  const auto piece = mime::partial_of(message, mime::PartId(0));
  REQUIRE(piece);
  CHECK(piece->id == "ABC@host.com");
  CHECK(piece->number == 1);
  CHECK(piece->total == 2);
  CHECK(message.children(mime::PartId(0)).empty());
  CHECK(!mime::partial_of(mime::Message::index("Content-type: message/partial; id=a; number=0\r\n\r\n"),
                          mime::PartId(0)));
  CHECK(!mime::partial_of(mime::Message::index("Content-type: message/partial; number=1\r\n\r\n"), mime::PartId(0)));
  CHECK(mime::partial_of(mime::Message::index("Content-type: message/partial; id=a; number=3\r\n\r\n"), mime::PartId(0))
            ->total == 0);
}

TEST_CASE("multipart: bodies that are elsewhere (the examples of RFC 2046 section 5.2.3.7 and RFC 2017 section 3)") {
  const auto message = mime::Message::index(
      "Content-Type: message/external-body; name=\"BodyFormats.ps\";\r\n site=\"thumper.bellcore.com\"; "
      "mode=\"image\";\r\n"
      " access-type=ANON-FTP; directory=\"pub\";\r\n expiration=\"Fri, 14 Jun 1991 19:13:14 -0400 (EDT)\"; "
      "size=12\r\n\r\n"
      "Content-type: application/postscript\r\nContent-ID: <id42@guppylake.bellcore.com>\r\n\r\n");
  const auto body = mime::external_body_of(message, mime::PartId(0));
  REQUIRE(body);
  CHECK(body->access_type == "anon-ftp");
  CHECK(body->name == "BodyFormats.ps");
  CHECK(body->site == "thumper.bellcore.com");
  CHECK(body->directory == "pub");
  CHECK(body->mode == "image");
  CHECK(body->expiration == "Fri, 14 Jun 1991 19:13:14 -0400 (EDT)");
  CHECK(body->size == 12);
  CHECK(mime::unfold(*mime::find_field(body->header, "Content-Type")) == "application/postscript");
  const auto url = mime::Message::index(
      "Content-type: message/external-body; access-type=URL;\r\n URL=\"ftp://ftp.deepdirs.org/1/2/3/4/5/6/7/\r\n"
      " 8/9/10/11/12/13/14/15/16/17/18/20/21/\r\n file.html\"\r\n\r\n");
  CHECK(mime::external_body_of(url, mime::PartId(0))->url ==
        "ftp://ftp.deepdirs.org/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/20/21/file.html");
  CHECK(!mime::external_body_of(mime::Message::index("Content-Type: message/external-body\r\n\r\n"), mime::PartId(0)));
}
