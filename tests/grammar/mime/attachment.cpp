#include "posthorn/grammar/mime/attachment.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/utf8.h"

using namespace posthorn;

namespace {
std::string name_of(View fields, View body = {}) {
  const std::string text = std::string(fields) + "\r\n\r\n" + std::string(body);
  return mime::file_name(mime::Message::index(text), mime::PartId(0));
}
std::string disposition(View name) { return "Content-Disposition: attachment; filename=\"" + std::string(name) + "\""; }
}  // namespace

TEST_CASE("attachment: names are made harmless") {
  CHECK(mime::clean_file_name("report.pdf") == "report.pdf");
  CHECK(mime::clean_file_name("../../etc/passwd") == "passwd");
  CHECK(mime::clean_file_name("C:\\Windows\\cmd.exe") == "cmd.exe");
  CHECK(mime::clean_file_name("C:cmd.exe") == "cmd.exe");
  CHECK(mime::clean_file_name("dir/") == "dir");
  CHECK(mime::clean_file_name("a/..") == "a");
  CHECK(mime::clean_file_name("..") == "");
  CHECK(mime::clean_file_name("/ . /") == "");
  CHECK(mime::clean_file_name("a.exe. . ") == "a.exe");
  CHECK(mime::clean_file_name("  two \t\r\n words .txt") == "two words .txt");
  CHECK(mime::clean_file_name(View("a\0b\x1B[31m\x7F.txt", 13)) == "ab[31m.txt");
  CHECK(mime::clean_file_name("photo_\xE2\x80\xAEgpj.exe") == "photo_gpj.exe");
  CHECK(mime::clean_file_name("a\xE2\x81\xA6"
                              "b\xEF\xBB\xBF"
                              "c\xC2\x85.txt") == "abc.txt");
  CHECK(mime::clean_file_name("\xE6\x96\x87\xE6\x9B\xB8.txt") == "\xE6\x96\x87\xE6\x9B\xB8.txt");
  CHECK(mime::clean_file_name("") == "");
}

TEST_CASE("attachment: long names are cut between characters, the extension stays") {
  std::string umlauts;
  for (int i = 0; i < 300; ++i) umlauts += "\xC3\xA4";
  const std::string cut = mime::clean_file_name(umlauts + ".docx");
  CHECK(cut.size() == 255);  // 125 letters of two octets and ".docx"
  CHECK(cut.ends_with("\xA4.docx"));
  CHECK(codec::is_utf8(cut));
  CHECK(mime::clean_file_name(umlauts).size() == 254);
  CHECK(mime::clean_file_name("." + std::string(300, 'x')).size() == mime::kMaxFileName);
  CHECK(mime::clean_file_name(std::string(300, 'x') + ".tar.gz").ends_with("xxx.gz"));
}

TEST_CASE("attachment: the name of a part") {
  CHECK(name_of(disposition("a/b.txt")) == "b.txt");
  CHECK(name_of("Content-Type: application/ms-tnef; name=winmail.dat") == "winmail.dat");
  CHECK(name_of("Content-Type: image/png") == "part-0.png");
  CHECK(name_of("Content-Type: IMAGE/JPEG\r\n" + disposition("..")) == "part-0.jpeg");
  CHECK(name_of("Content-Type: application/x-something-strange") == "part-0.bin");
  CHECK(name_of("Content-Type: application/msword") == "part-0.doc");
  CHECK(name_of("") == "part-0.txt");
}

TEST_CASE("attachment: a message is named by its subject") {
  CHECK(name_of("Content-Type: message/rfc822", "Subject: =?utf-8?Q?1/2_=C3=A4?= \r\n\r\n") == "1_2 \xC3\xA4.eml");
  CHECK(name_of("Content-Type: message/rfc822\r\n" + disposition("given"), "Subject: x\r\n\r\n") == "given");
  CHECK(name_of("Content-Type: message/rfc822", "\r\nno header") == "part-0.eml");
  // base64 of "Subject: hello\r\n\r\n": not allowed by RFC 2046 section 5.2.1 and sent by some.
  CHECK(name_of("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64", "U3ViamVjdDogaGVsbG8NCg0K") ==
        "hello.eml");
}

TEST_CASE("attachment: what a list says") {
  constexpr View kText =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: Application/PDF\r\n"
      "Content-Disposition: Attachment; filename=\"a.pdf\"\r\nContent-ID: <x@y>\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gd29y\r\nbGQ=\r\n--b--\r\n";
  const auto message = mime::Message::index(kText);
  const auto list = mime::attachments(message);
  REQUIRE(list.size() == 1);
  CHECK(list[0].part == mime::PartId(2));
  CHECK(list[0].name == "a.pdf");
  CHECK(list[0].type == "application/pdf");
  CHECK(list[0].disposition == "attachment");
  CHECK(list[0].content_id == "x@y");
  CHECK(list[0].size == 11);
}

TEST_CASE("attachment: parts are found by URL") {
  // The names of RFC 2392 section 3; its second example escapes what must not stand in a URL.
  constexpr View kText =
      "Message-ID: <960830.1639@XIson.com>\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
      "--b\r\nContent-ID: <foo4%foo1@bar.net>\r\n\r\n1\r\n"
      "--b\r\nContent-ID:\r\n <partA.960830.1639@XIson.com>\r\n\r\n2\r\n"
      "--b\r\nContent-Location: http://www.example/a\r\n /long.gif\r\n\r\n3\r\n"
      "--b\r\nContent-ID: <foo4%foo1@bar.net>\r\n\r\n4\r\n"
      "--b\r\nContent-Type: message/rfc822\r\n\r\nContent-ID: <inner@x>\r\n\r\n6\r\n--b--\r\n";
  const auto message = mime::Message::index(kText);
  const mime::Locations locations(message);
  CHECK(locations.find("cid:foo4%25foo1@bar.net") == mime::PartId(1));
  CHECK(locations.find("CID:partA.960830.1639@XIson.com") == mime::PartId(2));
  CHECK(locations.find("mid:960830.1639@XIson.com/partA.960830.1639@XIson.com") == mime::PartId(2));
  CHECK(locations.find("http://www.example/a/long.gif") == mime::PartId(3));
  CHECK(!locations.find("cid:parta.960830.1639@xison.com"));
  CHECK(!locations.find("mid:other@XIson.com/partA.960830.1639@XIson.com"));
  CHECK(!locations.find("mid:960830.1639@XIson.com"));
  CHECK(!locations.find("cid:inner@x"));
  CHECK(!locations.find(""));
  const mime::Locations inner(message, mime::PartId(6));
  CHECK(inner.find("cid:inner@x") == mime::PartId(6));
  CHECK(!inner.find("cid:partA.960830.1639@XIson.com"));
}
