#include "posthorn/grammar/mime/bodies.h"

#include <doctest/doctest.h>

using namespace posthorn;

namespace {
/// "ABK|ABC|DE": text | html | attachments, each part by its body.
std::string lists(const mime::Message& message, mime::PartId root = mime::PartId(0)) {
  const mime::Bodies bodies = mime::bodies_of(message, root);
  std::string out;
  for (const auto* list : {&bodies.text, &bodies.html, &bodies.attachments}) {
    for (const mime::PartId id : *list) out += message.body(id).substr(0, 1);
    out += '|';
  }
  out.pop_back();
  return out;
}
std::string lists(View text) { return lists(mime::Message::index(text)); }

std::string part(View fields, View body) { return std::string(fields) + "\r\n\r\n" + std::string(body) + "\r\n"; }
std::string multipart(View subtype, View boundary, const std::vector<std::string>& parts) {
  const std::string b(boundary);
  std::string out = "Content-Type: multipart/" + std::string(subtype) + "; boundary=" + b + "\r\n\r\n";
  for (const std::string& p : parts) out += "--" + b + "\r\n" + p;
  return out + "--" + b + "--\r\n";
}
const std::string kHtml = "Content-Type: text/html";
const std::string kPlain = "Content-Type: text/plain";
const std::string kImage = "Content-Type: image/jpeg";
}  // namespace

TEST_CASE("bodies: the example of RFC 8621 section 4.1.4") {
  const std::string inline_ = "\r\nContent-Disposition: inline";
  const std::string attached = "\r\nContent-Disposition: attachment";
  const std::string text =
      multipart("mixed", "m1",
                {part(kPlain + inline_, "A"),
                 multipart("mixed", "m2",
                           {multipart("alternative", "a",
                                      {multipart("mixed", "m3",
                                                 {part(kPlain + inline_, "B"), part(kImage + inline_, "C"),
                                                  part(kPlain + inline_, "D")}),
                                       multipart("related", "r", {part(kHtml, "E"), part(kImage, "F")})}),
                            part(kImage + attached, "G"), part("Content-Type: application/x-excel", "H"),
                            part("Content-Type: message/rfc822", "J")}),
                 part(kPlain + inline_, "K")});
  CHECK(lists(text) == "ABCDK|AEK|CFGHJ");
}

TEST_CASE("bodies: one part") {
  CHECK(lists("\r\nA") == "A|A|");
  CHECK(lists("Content-Type: text/html\r\n\r\nA") == "A|A|");
  CHECK(lists("Content-Type: image/png\r\n\r\nA") == "A|A|");
  CHECK(lists("Content-Type: application/pdf\r\n\r\nA") == "||A");
  CHECK(lists("Content-Type: text/plain\r\nContent-Disposition: ATTACHMENT\r\n\r\nA") == "||A");
  CHECK(lists("Content-Type: text/plain; name=x\r\n\r\nA") == "A|A|");
}

TEST_CASE("bodies: an alternative with one kind serves both") {
  CHECK(lists(multipart("alternative", "b", {part(kHtml, "A")})) == "A|A|");
  CHECK(lists(multipart("alternative", "b", {part(kPlain, "A")})) == "A|A|");
  CHECK(lists(multipart("alternative", "b",
                        {part(kPlain, "A"), part(kHtml, "B"), part("Content-Type: text/calendar", "C")})) == "A|B|C");
  CHECK(lists(multipart("alternative", "b", {part(kPlain, "A"), part(kImage, "B")})) == "A|A|B");
}

TEST_CASE("bodies: a text in no list is an attachment (the words of RFC 8621 section 4.1.4)") {
  CHECK(lists(multipart("alternative", "b",
                        {part(kPlain, "A"), multipart("mixed", "c", {part(kHtml, "B"), part(kPlain, "C")})})) ==
        "A|B|C");
}

TEST_CASE("bodies: a later text with a name is an attachment, a picture is not") {
  CHECK(lists(multipart("mixed", "b",
                        {part(kPlain, "A"), part(kPlain + "; name=n", "B"), part(kImage + "; name=n", "C")})) ==
        "AC|AC|B");
  CHECK(lists(multipart("related", "b", {part(kHtml, "A"), part(kPlain, "B"), part(kImage, "C")})) == "A|A|BC");
}

TEST_CASE("bodies: a multipart without parts is shown as text") {
  CHECK(lists("Content-Type: multipart/mixed\r\n\r\nA") == "A|A|");
  CHECK(lists("Content-Type: multipart/mixed; boundary=b\r\n\r\nA") == "A|A|");
  CHECK(lists(multipart("signed", "b", {part(kPlain, "A"), part("Content-Type: application/pgp-signature", "B")})) ==
        "A|A|B");
}

TEST_CASE("bodies: a message inside is a leaf, or a root of its own") {
  const std::string text =
      multipart("mixed", "b", {part(kPlain, "A"), "Content-Type: message/rfc822\r\n\r\n" + part(kHtml, "B")});
  const auto message = mime::Message::index(text);
  CHECK(mime::bodies_of(message).attachments == std::vector{mime::PartId(2)});
  CHECK(lists(message, mime::PartId(3)) == "B|B|");
}

TEST_CASE("bodies: names as they were given") {
  const auto name = [](View fields) {
    const std::string text = std::string(fields) + "\r\n\r\n";
    const auto message = mime::Message::index(text);
    return mime::given_name(message, mime::PartId(0)).value_or("-");
  };
  CHECK(name("Subject: x") == "-");
  CHECK(name("Content-Type: image/png; name=a.png") == "a.png");
  CHECK(name("Content-Type: image/png; name=a.png\r\nContent-Disposition: inline; filename=b.png") == "b.png");
  CHECK(name("Content-Type: image/png; name=a.png\r\nContent-Disposition: inline") == "a.png");
  // RFC 2231 section 4.1's way to write, and what others do.
  CHECK(name("Content-Disposition: attachment; filename*0*=utf-8''%C3%A4; filename*1=\"b.txt\"") ==
        "\xC3\xA4"
        "b.txt");
  CHECK(name("Content-Disposition: attachment; filename=\"=?iso-8859-1?Q?=E4.txt?=\"") == "\xC3\xA4.txt");
}

TEST_CASE("bodies: deep nesting costs no stack") {
  mime::Limits limits;
  limits.max_depth = 5000;
  std::string text;
  for (int i = 0; i < 4000; ++i) {
    const std::string b = "b" + std::to_string(i) + "e";
    text += "Content-Type: multipart/alternative; boundary=" + b + "\r\n\r\n--" + b + "\r\n";
  }
  text += "\r\nA";
  CHECK(lists(mime::Message::index(text, limits)) == "A|A|");
}
