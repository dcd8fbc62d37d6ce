#include "service/directory/names.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::directory;

TEST_CASE("addresses get one spelling") {
  CHECK(*normal_address("Ann.Smith@Example.ORG") == mail::Mailbox{"ann.smith", "example.org"});
  CHECK(*normal_address("\"ann\"@example.org") == mail::Mailbox{"ann", "example.org"});
  CHECK(normal_address("ann@[127.0.0.1]").error().code == Code::unsupported);
  CHECK(normal_address("ann").error().code == Code::syntax);
  CHECK(normal_address("<ann@example.org>").error().code == Code::syntax);
}

TEST_CASE("addresses of other hosts keep their local part") {
  CHECK(*remote_address("Ann.Smith@Example.ORG") == mail::Mailbox{"Ann.Smith", "example.org"});
  CHECK(*remote_address("Ann@K\xC3\x96LN.example") == mail::Mailbox{"Ann", "xn--kln-sna.example"});
  CHECK(remote_address("ann@[127.0.0.1]").error().code == Code::unsupported);
  CHECK(remote_address("ann").error().code == Code::syntax);
}
