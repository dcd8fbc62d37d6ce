#include "protocol/sasl/mechanisms/scram_message.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/testing/fakes.h"

using namespace posthorn;
using namespace posthorn::sasl::mechanism::scram;

TEST_CASE("a first message keeps what will be signed") {
  const auto m = parse_client_first("p=tls-exporter,a=bo=2Cb,n=an=3Dn,r=abc,x=y");
  REQUIRE(m);
  CHECK(m->binding == Binding::required);
  CHECK(m->binding_name == "tls-exporter");
  CHECK(m->authorize == "bo,b");
  CHECK(m->login == "an=n");
  CHECK(m->nonce == "abc");
  CHECK(m->gs2_header == "p=tls-exporter,a=bo=2Cb,");
  CHECK(m->bare == "n=an=3Dn,r=abc,x=y");
}

TEST_CASE("a last message keeps what is before the proof") {
  const auto m = parse_client_final("c=biws,r=abc,x=p=,p=AAEC");
  REQUIRE(m);
  CHECK(m->binding == "n,,");
  CHECK(m->proof == std::string("\0\1\2", 3));
  CHECK(m->without_proof == "c=biws,r=abc,x=p=");
}

TEST_CASE("names come back as they went") {
  for (const View name : {"ann", ",", "=", "=2C", "a,b=c,,"}) {
    const auto m = parse_client_first("n,,n=" + format_name(name) + ",r=x");
    REQUIRE(m);
    CHECK(m->login == name);
  }
}

TEST_CASE("server messages come back as they went") {
  const auto m = parse_server_first(format({"abc", std::string("salt\0", 5), 4096}));
  REQUIRE(m);
  CHECK(m->nonce == "abc");
  CHECK(m->salt == std::string("salt\0", 5));
  CHECK(m->iterations == 4096);
}

TEST_CASE("a nonce is printable, has no comma and uses every other character") {
  testing::SeededRandom random(1);
  std::set<char> seen;
  for (const char c : make_nonce(random, 20000)) {
    CHECK((c >= '!' && c <= '~' && c != ','));
    seen.insert(c);
  }
  CHECK(seen.size() == 93);
}
