#include "protocol/imap/rights_text.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

namespace {
std::optional<std::string> read_identifier(View text) {
  Cursor c(text);
  std::string out;
  if (!rights_identifier(c, out) || !c.at_end()) return std::nullopt;
  return out;
}
}  // namespace

TEST_CASE("identifiers are texts that can be shown") {
  CHECK(read_identifier("smith") == "smith");
  CHECK(read_identifier("anyone") == "anyone");
  CHECK(read_identifier("-fred") == "-fred");
  CHECK(read_identifier("$staff") == "$staff");
  CHECK(read_identifier("\"two words\"") == "two words");
  CHECK(read_identifier("{6}\r\nJ\xC3\xBCrgen") == std::nullopt);
  CHECK(read_identifier("{7}\r\nJ\xC3\xBCrgen") == "J\xC3\xBCrgen");
  for (View bad : {View("\"\""), View("-"), View("{1}\r\n\xFF"), View("{2}\r\na\t")}) CHECK(!read_identifier(bad));
}

TEST_CASE("rights are set, added or taken; letters that are none are refused") {
  struct Case {
    View text;
    RightsChange change;
    View rights;
  };
  for (const Case& wanted : {Case{"lrs", RightsChange::replace, "lrs"}, Case{"+kx", RightsChange::add, "kxc"},
                             Case{"-t", RightsChange::remove, "td"}, Case{"\"\"", RightsChange::replace, ""},
                             Case{"c", RightsChange::replace, "kxc"}, Case{"+", RightsChange::add, ""}}) {
    CAPTURE(wanted.text);
    Cursor c(wanted.text);
    RightsChange change{};
    Rights rights;
    REQUIRE(changed_rights(c, change, rights));
    CHECK(change == wanted.change);
    CHECK(format_rights(rights) == wanted.rights);
  }
  // RFC 4314 section 2: no upper case; section 3: unknown rights make the command BAD.
  for (View bad : {View("L"), View("lz"), View("+-l"), View("l r"), View("n")}) {
    Cursor c(bad);
    RightsChange change{};
    Rights rights;
    CHECK_MESSAGE(!(changed_rights(c, change, rights) && c.at_end()), bad);
  }
}

TEST_CASE("LISTRIGHTS as in RFC 4314 section 3.7") {
  GrantableRights smith;
  smith.always = Right::lookup | Right::administer;
  smith.optional = {Right::read, *parse_rights("swikxte")};
  CHECK(grantable_words(smith) == "la r swikxtecd");

  GrantableRights anyone;
  for (const char letter : View("lrswipkxtea")) anyone.optional.push_back(*parse_rights(View(&letter, 1)));
  CHECK(grantable_words(anyone) == "\"\" l r s w i p k x t e a c d");

  GrantableRights owner;
  owner.always = Rights::all();
  CHECK(grantable_words(owner) == "lrswipkxteacd");
  CHECK(grantable_words({}) == "\"\"");
}

TEST_CASE("MYRIGHTS and no rights at all") {
  Buffer out;
  Responder responder(out, 100);
  write_my_rights("INBOX", *parse_rights("rwiptsldaex"), responder);
  write_my_rights("none", {}, responder);
  CHECK(out.view() == "* MYRIGHTS \"INBOX\" lrswipxteacd\r\n* MYRIGHTS \"none\" \"\"\r\n");
}
