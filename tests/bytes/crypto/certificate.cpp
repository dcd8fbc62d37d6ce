#include "posthorn/bytes/crypto/certificate.h"

#include <fstream>
#include <iterator>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"

namespace posthorn {
namespace {

using crypto::Certificate;
using crypto::ChainFault;

std::string file(const std::string& name) {
  std::ifstream in("tests/vectors/dane/" + name, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}
Certificate certificate(const std::string& name) { return *Certificate::read(file(name + ".der")); }

TEST_CASE("a certificate and its public key, as the openssl command sees them") {
  const Certificate leaf = certificate("leaf");
  CHECK(codec::hex_encode(crypto::sha256(leaf.der())) + "\n" == file("leaf.sha256.txt"));
  CHECK(codec::hex_encode(crypto::sha256(leaf.public_key_info())) + "\n" == file("leaf.key.sha256.txt"));
  CHECK(codec::hex_encode(crypto::sha512(leaf.public_key_info())) + "\n" == file("leaf.key.sha512.txt"));
}

TEST_CASE("only a certificate in DER, and nothing behind it") {
  const std::string leaf = file("leaf.der");
  CHECK(!Certificate::read(""));
  CHECK(!Certificate::read("no certificate"));
  CHECK(!Certificate::read(leaf + "x"));
  CHECK(!Certificate::read(View(leaf).substr(0, leaf.size() - 1)));
}

TEST_CASE("chains") {
  using Names = std::vector<std::string>;
  const Names names = {"other.example", "mx.example.net"};
  const std::vector chain = {certificate("leaf"), certificate("ca")};
  const std::vector root = {certificate("root")};
  const std::chrono::sys_seconds now = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
  CHECK(crypto::check_chain(chain, root, names, now) == ChainFault::none);
  CHECK(crypto::check_chain(chain, root, Names{"example.net"}, now) == ChainFault::host_mismatch);
  CHECK(crypto::check_chain(chain, root, Names{}, now) == ChainFault::host_mismatch);
  CHECK(crypto::check_chain(chain, root, names, now + std::chrono::years(1)) == ChainFault::expired);
  CHECK(crypto::check_chain(chain, {}, names, now) == ChainFault::not_trusted);
  CHECK(crypto::check_chain(std::span(chain).first(1), root, names, now) == ChainFault::not_trusted);
  CHECK(crypto::check_chain({}, root, names, now) == ChainFault::not_trusted);
  // An anchor below the root is trusted by itself.
  CHECK(crypto::check_chain(std::span(chain).first(1), std::span(chain).subspan(1), names, now) == ChainFault::none);
}

}  // namespace
}  // namespace posthorn
