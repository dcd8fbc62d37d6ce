#include "posthorn/grammar/mail/address.h"

#include <doctest/doctest.h>

using namespace posthorn;
using mail::Address;

namespace {
/// One line per entry: "name|route|local@domain", "group name{" and "}".
std::string show(View field) {
  std::string out;
  for (const Address& a : mail::address_list(field)) {
    switch (a.kind) {
      case Address::Kind::group_begin: out += a.name + "{ "; break;
      case Address::Kind::group_end: out += "} "; break;
      case Address::Kind::mailbox: out += a.name + "|" + a.route + "|" + a.local_part + "@" + a.domain + " "; break;
    }
  }
  return out;
}
}  // namespace

TEST_CASE("address list: RFC 5322 appendix A.1") {
  CHECK(show(" John Doe <jdoe@machine.example>") == "John Doe||jdoe@machine.example ");
  CHECK(show(" Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>") ==
        "Mary Smith||mary@x.test ||jdoe@example.org Who?||one@y.test ");
  CHECK(show(" <boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>") ==
        "||boss@nil.test Giant; \"Big\" Box||sysservices@example.net ");
  CHECK(show(" A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;") ==
        "A Group{ Ed Jones||c@a.test ||joe@where.test John||jdoe@one.test } ");
  CHECK(show(" Undisclosed recipients:;") == "Undisclosed recipients{ } ");
}

TEST_CASE("address list: RFC 5322 appendix A.5 and A.6") {
  CHECK(show(" Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>") == "Pete||pete@silly.test ");
  CHECK(show("A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n"
             "         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)") ==
        "A Group{ Chris Jones||c@public.example ||joe@example.org John||jdoe@one.test } ");
  CHECK(show("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;") == "Hidden recipients{ } ");
  CHECK(show("Joe Q. Public <john.q.public@example.com>") == "Joe Q. Public||john.q.public@example.com ");
  CHECK(show("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example") ==
        "Mary Smith|@node.test|mary@example.net ||jdoe@test.example ");
  CHECK(show("John Doe <jdoe@machine(comment).  example>") == "John Doe||jdoe@machine.example ");
}

TEST_CASE("address list: forms seen in the field") {
  CHECK(show("root") == "||root@ ");
  CHECK(show("not an address at all") == "");
  CHECK(show("joe@x.test (Joe Public)") == "Joe Public||joe@x.test ");
  CHECK(show("phil@x.test <phil@y.test>") == "phil@x.test||phil@y.test ");
  CHECK(show("\"quoted local\"@x.test") == "||quoted local@x.test ");
  CHECK(show("<\"a b\"@x.test>") == "||a b@x.test ");
  CHECK(show("a@[192.0.2.1], <b@[IPv6:::1]>") == "||a@[192.0.2.1] ||b@[IPv6:::1] ");
  CHECK(show("\"open quote <a@b.c>") == "||open quote <a@b.c>@ ");
  CHECK(show("Open <a@b.c, d@e.f") == "Open||a@b.c ||d@e.f ");
  CHECK(show("A: b@c, D: e@f") == "A{ ||b@c } D{ ||e@f } ");
  CHECK(show("=?utf-8?q?J=C3=BC?= <j@x.test>") == "=?utf-8?q?J=C3=BC?=||j@x.test ");
  CHECK(show("J\xC3\xBC <j\xC3\xBC@x.test>") == "J\xC3\xBC||j\xC3\xBC@x.test ");
  CHECK(show("") == "");
  CHECK(show(",,;:<>()[]@\\") == "{ } ");
}

TEST_CASE("address list: hostile fields cost linear time and are cut at the limit") {
  for (View unit : {"a,", "(", "<@,", "<", "\"", "[", "a@", ":", "@", "\\", "a:b;"}) {
    std::string field;
    while (field.size() < (1U << 20U)) field += unit;
    CHECK(mail::address_list(field).size() <= 20'002);
  }
}
