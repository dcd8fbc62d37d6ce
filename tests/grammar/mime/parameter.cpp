#include "posthorn/grammar/mime/parameter.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

using namespace posthorn;

namespace {
/// "name=[value]" or, where blanks went on, "name=[value|loose]"; quotes as they stood.
std::string show(View text) {
  std::string out;
  mime::ParameterReader reader(text);
  mime::ParameterView p;
  while (reader.next(p)) {
    out += std::string(p.name) + (p.quoted ? "=\"" : "=[") + mime::unquoted(p);
    if (p.loose != p.value) out += "|" + std::string(p.loose);
    out += p.quoted ? "\" " : "] ";
  }
  return out;
}
std::string words(View raw) {
  const auto value = mime::split_value(raw);
  if (!value) return "none";
  return std::string(value->type) + "/" + std::string(value->subtype) + " " + show(value->parameters);
}
}  // namespace

TEST_CASE("parameters: RFC 2045 section 5.1 with comments anywhere") {
  CHECK(words(" text/plain; charset=us-ascii (Plain text)") == "text/plain charset=[us-ascii] ");
  CHECK(words("text/plain; charset=\"us-ascii\"") == "text/plain charset=\"us-ascii\" ");
  CHECK(words("(a;b) text (c\\)) / (d (e)) plain (f) ; (g) x (h) = (i) y (j) ; z=\"w\" (k)") ==
        "text/plain x=[y] z=\"w\" ");
  CHECK(show("; a=\"b \\\"c\\\" \\\\ d\r\n e\"; f=\"\"") == "a=\"b \"c\" \\ d e\" f=\"\" ");
  CHECK(show("; a=\"x;y=(z)\"; b=c") == "a=\"x;y=(z)\" b=[c] ");
  CHECK(show("; name*0*=us-ascii'en'a%20; name*1=b") == "name*0*=[us-ascii'en'a%20] name*1=[b] ");
}

TEST_CASE("parameters: forms seen in the field") {
  CHECK(words("text/plain charset=utf-8 format=flowed") == "text/plain charset=[utf-8] format=[flowed] ");
  CHECK(words("attachment filename=\"a b.pdf\" size=3") == "attachment/ filename=\"a b.pdf\" size=[3] ");
  CHECK(show("; boundary=a/b?c=d; x=y") == "boundary=[a/b?c=d] x=[y] ");
  CHECK(show("; name=scan (1) of 2.pdf (draft); x=y") == "name=[scan|scan (1) of 2.pdf] x=[y] ");
  CHECK(show("; name=a b.pdf size=3") == "name=[a|a b.pdf] size=[3] ");
  CHECK(show("; name=12\" disk; x=y") == "name=[12|12\" disk] x=[y] ");
  CHECK(show("; name==?utf-8?q?a?= =?utf-8?q?b?=; x=y") == "name=[=?utf-8?q?a?=|=?utf-8?q?a?= =?utf-8?q?b?=] x=[y] ");
  CHECK(show("; a=\"b\"c; d=e") == "a=\"b\" d=[e] ");
  CHECK(show("; a=\"b\"c=d; e=f") == "a=\"b\" c=[d] e=[f] ");
  CHECK(show(";;; = ;; junk; =x; a=;b= ; c=d;") == "c=[d] ");
  CHECK(show("; junk a=b") == "a=[b] ");
  CHECK(show("; a=\"open; b=c") == "a=\"open; b=c\" ");
  CHECK(show("; a=\"open\\") == "a=\"open\" ");
  CHECK(show("; a=b (open; c=d") == "a=[b] ");
  CHECK(show("; \xC3\xA1=\xC3\xA9") == "\xC3\xA1=[\xC3\xA9] ");
}

TEST_CASE("parameters: the words before them") {
  CHECK(words("attachment") == "attachment/ ");
  CHECK(words("text/plain/x; a=b") == "text/plain a=[b] ");
  CHECK(words("text/; a=b") == "text/ a=[b] ");
  for (View none : {"", "/plain", "; a=b", "=x", "(only a comment)", "\"text\"/plain"}) CHECK(words(none) == "none");
  CHECK_FALSE(mime::split_content_type("text"));
  CHECK_FALSE(mime::split_content_type("text/;a=b"));
  CHECK(mime::split_content_type("text/plain")->subtype == "plain");
}

TEST_CASE("parameters: the first of two counts") {
  const auto found = mime::find_parameter("; Boundary=a; boundary=b; c=d", "BOUNDARY");
  REQUIRE(found);
  CHECK(mime::unquoted(*found) == "a");
  CHECK_FALSE(mime::find_parameter("; a=b", "c"));
}

TEST_CASE("parameters: any octets take time in proportion to their number") {
  for (View unit : {"; a=b", "(", "a=\"", "\\", "\"", "; a", " a", "a=b ", "=", ";", "a =", "; a=b (c) d ", "/", ")"}) {
    std::string field;
    while (field.size() < (1U << 19U)) field += unit;
    const auto begin = std::chrono::steady_clock::now();
    mime::ParameterReader reader(field);
    mime::ParameterView p;
    std::size_t count = 0;
    while (reader.next(p)) ++count;
    CHECK(count <= field.size() / 3);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
  }
}
