#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/address.h"

using namespace posthorn;
using mail::Mailbox;

namespace {
std::optional<Mailbox> forward(View text, bool utf8 = false) {
  Cursor c(text);
  Mailbox m;
  if (!mail::forward_path(c, utf8, m) || !c.end()) return std::nullopt;
  return m;
}
std::optional<Mailbox> reverse(View text, bool utf8 = false) {
  Cursor c(text);
  Mailbox m;
  if (!mail::reverse_path(c, utf8, m) || !c.end()) return std::nullopt;
  return m;
}
}  // namespace

TEST_CASE("path: RFC 5321 examples") {
  CHECK(forward("<Jones@bar.com>") == Mailbox{"Jones", "bar.com"});
  CHECK(forward("<@hosta.int,@jkl.org:userc@d.bar.org>") == Mailbox{"userc", "d.bar.org"});
  CHECK(forward("<Postmaster>") == Mailbox{"postmaster", ""});
  CHECK(forward("<\"Joe.\\\\Blow\"@example.org>") == Mailbox{"Joe.\\Blow", "example.org"});
  CHECK(forward("<a@[192.0.2.1]>") == Mailbox{"a", "[192.0.2.1]"});
  CHECK(forward("<a@[IPv6:2001:db8::1]>") == Mailbox{"a", "[IPv6:2001:db8::1]"});
  CHECK(reverse("<>")->is_null());
  CHECK_FALSE(forward("<>"));
  CHECK_FALSE(reverse("<postmaster>"));
}

TEST_CASE("path: quoting is spelling only") {
  CHECK(forward("<\"a.b\"@x.y>") == forward("<a.b@x.y>"));
  CHECK(forward("<\"a b\"@x.y>")->text() == "\"a b\"@x.y");
  CHECK(forward("<\"a\\\"b\"@x.y>")->text() == "\"a\\\"b\"@x.y");
  CHECK(forward("<\"\"@x.y>")->text() == "\"\"@x.y");
  CHECK(forward("<a.b@x.y>")->text() == "a.b@x.y");
  for (View text : {"<\"a..b\"@x.y>", "<\" \"@x.y>", "<\"@\"@x.y>", "<x@[1.2.3.4]>"}) {
    CHECK(forward("<" + forward(text)->text() + ">") == forward(text));
  }
}

TEST_CASE("path: what the grammar does not allow") {
  for (View bad : {"Jones@bar.com", "<Jones@bar.com", "<Jones>", "<@bar.com>", "<a@>",   "<.a@b>",  "<a.@b>",
                   "<a..b@c>",      "<a@b.>",         "<a@.b>",  "<a@-b>",     "<a@b->", "<a@b_c>", "<a b@c>",
                   "<a@b c>",       "<a@[1.2.3.4>",   "<a@[]>",  "< a@b>",     "<a@b >", "<\"a@b>", "<\"a\nb\"@c>",
                   "<a@b@c>",       "<a\t@b>",        "<@x:>",   "<@x a@b>",   "<a@b>>", "<a(c)@b>"}) {
    CAPTURE(bad);
    CHECK_FALSE(forward(bad));
    CHECK_FALSE(reverse(bad));
  }
}

TEST_CASE("path: UTF-8 only after SMTPUTF8, and only well formed") {
  CHECK_FALSE(forward("<j\xC3\xBCrgen@x.y>"));
  CHECK(forward("<j\xC3\xBCrgen@b\xC3\xBC.y>", true) == Mailbox{"j\xC3\xBCrgen", "b\xC3\xBC.y"});
  CHECK_FALSE(forward("<j\xFC@x.y>", true));
  CHECK_FALSE(forward("<\"\xC3\"@x.y>", true));
}

TEST_CASE("path: limits of RFC 5321 section 4.5.3.1 are too_long, not syntax") {
  const auto code = [](const std::string& text) {
    Cursor c(text);
    Mailbox m;
    return mail::forward_path(c, false, m) ? std::optional<Code>() : c.error().code;
  };
  CHECK_FALSE(code("<" + std::string(64, 'a') + "@x.y>"));
  CHECK(code("<" + std::string(65, 'a') + "@x.y>") == Code::too_long);
  CHECK(code("<a@" + std::string(64, 'a') + ".y>") == Code::too_long);
  std::string domain = "a";
  while (domain.size() < 255) domain += ".a";
  CHECK(domain.size() == 255);
  CHECK(code("<a@" + domain + ">") == Code::too_long);  // the path is
  CHECK(reverse("<" + std::string(100, 'a') + "@x.y>"));
}

TEST_CASE("path: a mailbox as people type it") {
  CHECK(mail::parse_mailbox("a@b.c", false).value() == Mailbox{"a", "b.c"});
  CHECK_FALSE(mail::parse_mailbox("a@b.c ", false));
  CHECK_FALSE(mail::parse_mailbox("a", false));
  CHECK(mail::parse_mailbox("", false).error().code == Code::syntax);
}
