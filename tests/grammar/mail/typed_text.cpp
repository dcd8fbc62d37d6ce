#include "posthorn/grammar/mail/typed_text.h"

#include <array>
#include <utility>

#include <doctest/doctest.h>

using namespace posthorn;
using mail::Mailbox;
using mail::TypedText;

TEST_CASE("typed text: mailboxes") {
  CHECK(mail::typed_text(Mailbox{"ann", "example.org"}) == TypedText{"rfc822", "ann@example.org"});
  CHECK(mail::typed_text(Mailbox{"j\xC3\xB6rg", "example.org"}) == TypedText{"utf-8", "j\xC3\xB6rg@example.org"});
  const Mailbox ann{"ann", "example.org"};
  for (const char* text : {"ann@example.org", "<ann@example.org>", " ann@example.org (Ann)", "(Ann) <ann@example.org> ",
                           "<ann@example.org"}) {
    CHECK_MESSAGE(mail::mailbox_of({"rfc822", text}) == ann, text);
  }
  CHECK(mail::mailbox_of({"utf-8", "j\xC3\xB6rg@example.org"}) == Mailbox{"j\xC3\xB6rg", "example.org"});
  for (const char* text : {"", "ann", "<", ")", "ann@", "ann bob@example.org"}) {
    CHECK_MESSAGE(!mail::mailbox_of({"rfc822", text}), text);
  }
  CHECK(!mail::mailbox_of({"x400", "ann@example.org"}));
}

TEST_CASE("typed text: xtext (RFC 3461 section 4)") {
  // Section 4.2 and 10.4 of the RFC: ENVID=QQ314159, ORCPT=rfc822;Bob@Example.COM need no escapes; "+" and "=" do.
  CHECK(mail::xtext_encode("QQ314159") == "QQ314159");
  CHECK(mail::xtext_encode("a+b=c d\xC3\n") == "a+2Bb+3Dc+20d+C3+0A");
  CHECK(mail::xtext_decode("a+2Bb+3Dc+20d+C3+0a") == "a+b=c d\xC3\n");
  for (const char* bad : {"+", "+2", "a+2", "+2G", "+-1", "a b", "a=b", "\x7F", "\xC3\xB6"}) {
    CHECK_MESSAGE(!mail::xtext_decode(bad), bad);
  }
}

TEST_CASE("typed text: unitext (RFC 6533 section 3)") {
  constexpr View kText = "j\xC3\xB6rg+1 \\=\xF0\x9F\x93\xAF@example.org";
  CHECK(mail::unitext_encode(kText, true) == "j\\x{F6}rg\\x{2B}1\\x{20}\\x{5C}\\x{3D}\\x{1F4EF}@example.org");
  CHECK(mail::unitext_encode(kText, false) == "j\xC3\xB6rg\\x{2B}1\\x{20}\\x{5C}\\x{3D}\xF0\x9F\x93\xAF@example.org");
  CHECK(mail::unitext_encode("\x01\x7F", true) == "\\x{01}\\x{7F}");
  for (const bool ascii : {true, false}) CHECK(mail::unitext_decode(mail::unitext_encode(kText, ascii)) == kText);
  CHECK(mail::unitext_decode("a+b=\xC3\xB6\\x{10FFFF}\\x{f6}") == "a+b=\xC3\xB6\xF4\x8F\xBF\xBF\xC3\xB6");
  for (const char* bad : {"\\", "\\x", "\\x{", "\\x{}", "\\x{5}", "\\x{41}", "\\x{0A}", "\\x{7F}", "\\x{D800}",
                          "\\x{110000}", "\\x{00000F6}", "\\x{G0}", "a b", "a\tb", "\\y"}) {
    CHECK_MESSAGE(!mail::unitext_decode(bad), bad);
  }
}

TEST_CASE("typed text: the ORCPT parameter") {
  const std::array<std::pair<const char*, TypedText>, 4> kBoth{{
      {"rfc822;Bob@Example.COM", {"rfc822", "Bob@Example.COM"}},
      {"rfc822;a+2Bb@example.org", {"rfc822", "a+b@example.org"}},
      {"utf-8;j\\x{F6}rg@example.org", {"utf-8", "j\xC3\xB6rg@example.org"}},
      {"x-other;some+20thing", {"x-other", "some thing"}},
  }};
  for (const auto& [orcpt, value] : kBoth) {
    CHECK(mail::parse_orcpt(orcpt) == value);
    CHECK(mail::format_orcpt(value, false) == orcpt);
  }
  CHECK(mail::parse_orcpt("RFC822;a@b") == TypedText{"rfc822", "a@b"});
  CHECK(mail::format_orcpt({"utf-8", "j\xC3\xB6rg@example.org"}, true) == "utf-8;j\xC3\xB6rg@example.org");
  CHECK(mail::format_orcpt({"rfc822", "j\xC3\xB6rg@example.org"}, false) == "utf-8;j\\x{F6}rg@example.org");
  for (const char* bad : {"", ";", "rfc822", "rfc822;", ";a@b", "a b;c", "rfc822;a b", "rfc822;a+0Ab", "rfc822;a+00",
                          "rfc822;+C3", "utf-8;\\x{0A}"}) {
    CHECK_MESSAGE(mail::parse_orcpt(bad).error().code == Code::syntax, bad);
  }
  CHECK(mail::parse_orcpt("rfc822;" + std::string(494, 'a')).error().code == Code::too_long);
  CHECK(mail::format_orcpt({"rfc822", std::string(494, 'a')}, false).error().code == Code::too_long);
  CHECK(mail::format_orcpt({"rfc822", "\xFF"}, false).error().code == Code::syntax);
  CHECK(mail::format_orcpt({"", "a@b"}, false).error().code == Code::syntax);
}
