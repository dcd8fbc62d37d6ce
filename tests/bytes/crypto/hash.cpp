#include "posthorn/bytes/crypto/hash.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::crypto;

namespace {

std::string hex(View octets) {
  std::string text;
  for (const char c : octets) {
    const auto u = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[u >> 4U];
    text += "0123456789abcdef"[u & 15U];
  }
  return text;
}

}  // namespace

TEST_CASE("sha256 gives the digests of the FIPS 180-4 examples") {
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256(View{})) == hex(sha256("")));
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(std::string(1'000'000, 'a'))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("hmac_sha256 gives the codes of RFC 4231 section 4") {
  CHECK(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  std::string counting;
  for (char c = 1; c <= 25; ++c) counting += c;
  CHECK(hex(hmac_sha256(counting, std::string(50, '\xcd'))) ==
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  CHECK(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(hex(hmac_sha256(std::string(131, '\xaa'),
                        "This is a test using a larger than block-size key and a larger than block-size data. The key "
                        "needs to be hashed before being used by the HMAC algorithm.")) ==
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("one key serves several texts, in pieces") {
  for (const std::string& key : {std::string(), std::string("Jefe"), std::string(64, 'k'), std::string(131, '\xaa')}) {
    HmacSha256 code(key);
    std::string out = "before";
    code.finish(out);
    CHECK(out.substr(6) == hmac_sha256(key, ""));
    code.add("what do ya want ");
    code.add("");
    code.add("for nothing?");
    out.clear();
    code.finish(out);
    CHECK(out == hmac_sha256(key, "what do ya want for nothing?"));
  }
}

TEST_CASE("hmac_sha256 takes an empty key") {
  CHECK(hex(hmac_sha256(View{}, View{})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("pbkdf2_sha256 gives the keys of RFC 7914 section 11") {
  // The RFC asks for 64 octets; each block of 32 is computed alone, so the first half is what we give.
  CHECK(hex(pbkdf2_sha256("passwd", "salt", 1)) == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  CHECK(hex(pbkdf2_sha256("Password", "NaCl", 80000)) ==
        "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

TEST_CASE("pbkdf2_sha256 does one iteration at least") {
  CHECK(pbkdf2_sha256("passwd", "salt", 0) == pbkdf2_sha256("passwd", "salt", 1));
}

// FIPS 180-4: the examples of NIST for one and two blocks.
TEST_CASE("Sha256 takes pieces, and a copy goes on alone") {
  const View text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  Sha256 hash;
  hash.add(text.substr(0, 3));
  Sha256 copy(hash);
  hash.add("");
  hash.add(text.substr(3));
  CHECK(hex(hash.finish()) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(copy.finish()) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash.finish() == sha256(""));
  copy.add("x");
  copy = hash;
  copy.add("abc");
  CHECK(copy.finish() == sha256("abc"));
}
