#include "posthorn/bytes/crypto/guarded.h"

#include <string>
#include <utility>

#include <doctest/doctest.h>

using posthorn::crypto::Guarded;

TEST_CASE("guarded octets are what they were made of, and move without being copied") {
  Guarded guarded("the key");
  CHECK(guarded.reveal() == "the key");
  const char* place = guarded.reveal().data();
  const Guarded moved = std::move(guarded);
  CHECK(moved.reveal() == "the key");
  CHECK(moved.reveal().data() == place);
  CHECK(Guarded().reveal().empty());
  CHECK(Guarded("").reveal().empty());
}
