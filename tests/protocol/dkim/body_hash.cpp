#include "posthorn/protocol/dkim/body_hash.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/testing/splits.h"

namespace posthorn::dkim {
namespace {

// RFC 6376 sections 3.4.3 and 3.4.4.
TEST_CASE("hashes of an empty body") {
  for (const auto& [how, hash] :
       {std::pair(Canonicalization::simple, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="),
        std::pair(Canonicalization::relaxed, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")}) {
    BodyHash body(how);
    body.add("\r\n");
    body.finish();
    CHECK(codec::base64_encode(body.digest()) == hash);
  }
}

TEST_CASE("beginnings are hashed on the way") {
  const std::string text = "one  two\r\n" + std::string(700, 'x') + " \r\nthree\r\n\r\n";
  const std::string canonical = "one two\r\n" + std::string(700, 'x') + "\r\nthree\r\n";
  const std::string difference = testing::for_every_split(text, [&](auto&& feed) {
    BodyHash body(Canonicalization::relaxed);
    for (const std::size_t octets : {0UL, 1UL, 9UL, 9UL, 500UL, canonical.size(), canonical.size() + 1})
      body.want(octets);
    feed([&](View chunk) { body.add(chunk); });
    body.finish();
    CHECK(body.octets() == canonical.size());
    CHECK(body.digest() == crypto::sha256(canonical));
    for (const std::size_t octets : {0UL, 1UL, 9UL, 500UL, canonical.size()})
      CHECK(body.digest(octets) == crypto::sha256(View(canonical).substr(0, octets)));
    CHECK(body.digest(canonical.size() + 1).empty());
    return std::string();
  });
  CHECK(difference.empty());
}

}  // namespace
}  // namespace posthorn::dkim
