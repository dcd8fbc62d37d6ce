#include "posthorn/bytes/crypto/aead.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"

using namespace posthorn;
using namespace posthorn::crypto;

namespace {
std::string octets(View hex) { return codec::hex_decode(hex).value(); }
}  // namespace

TEST_CASE("AES-256-GCM gives test case 16 of the GCM specification") {
  Aes256Gcm cipher(octets("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  const std::string nonce = octets("cafebabefacedbaddecaf888");
  const std::string associated = octets("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const std::string plain = octets(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
      "ba637b39");
  std::string sealed = "before ";
  cipher.seal(nonce, associated, plain, sealed);
  CHECK(
      codec::hex_encode(View(sealed).substr(7)) ==
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
      "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
  std::string opened = "kept ";
  CHECK(cipher.open(nonce, associated, View(sealed).substr(7), opened));
  CHECK(opened == "kept " + plain);
}

TEST_CASE("what was changed gives no octet of plaintext") {
  Aes256Gcm cipher(std::string(32, 'k'));
  const std::string nonce(12, 'n');
  std::string sealed;
  cipher.seal(nonce, "about", "the text", sealed);
  std::string out = "x";
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK(!cipher.open(nonce, "about", changed, out));
  }
  for (std::size_t count = 0; count < sealed.size(); ++count) {
    CHECK(!cipher.open(nonce, "about", View(sealed).substr(0, count), out));
  }
  CHECK(!cipher.open(nonce, "other", sealed, out));
  CHECK(!cipher.open(std::string(12, 'm'), "about", sealed, out));
  CHECK(!cipher.open("short", "about", sealed, out));
  CHECK(!Aes256Gcm(std::string(32, 'l')).open(nonce, "about", sealed, out));
  CHECK(out == "x");
}

TEST_CASE("an empty text is sealed to a tag") {
  Aes256Gcm cipher(std::string(32, '\0'));
  std::string sealed;
  cipher.seal(std::string(12, '\0'), {}, {}, sealed);
  CHECK(codec::hex_encode(sealed) == "530f8afbc74536b9a963b4f1c4cb738b");  // test case 13 of the GCM specification
  std::string out;
  CHECK(cipher.open(std::string(12, '\0'), {}, sealed, out));
  CHECK(out.empty());
}

TEST_CASE("ChaCha20-Poly1305 gives the example of RFC 8439 section 2.8.2") {
  const std::string key = octets("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const std::string nonce = octets("070000004041424344454647");
  const std::string associated = octets("50515253c0c1c2c3c4c5c6c7");
  const View plain =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.";
  const std::string sealed = chacha20_poly1305_seal(key, nonce, associated, plain);
  CHECK(codec::hex_encode(View(sealed).substr(0, 16)) == "d31a8d34648e60db7b86afbc53ef7ec2");
  CHECK(codec::hex_encode(View(sealed).substr(sealed.size() - 16)) == "1ae10b594f09e26a7e902ecbd0600691");
  Secret opened;
  CHECK(chacha20_poly1305_open(key, nonce, associated, sealed, opened));
  CHECK(opened.reveal() == plain);
  CHECK(!chacha20_poly1305_open(key, nonce, "", sealed, opened));
  CHECK(!chacha20_poly1305_open(key, nonce, associated, View(sealed).substr(1), opened));
}

TEST_CASE("XChaCha20-Poly1305 gives the example of draft-irtf-cfrg-xchacha-03 appendix A.3.1") {
  const std::string key = octets("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const std::string nonce = octets("404142434445464748494a4b4c4d4e4f5051525354555657");
  const std::string associated = octets("50515253c0c1c2c3c4c5c6c7");
  const View plain =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.";
  const std::string sealed = xchacha20_poly1305_seal(key, nonce, associated, plain);
  CHECK(codec::hex_encode(View(sealed).substr(0, 16)) == "bd6d179d3e83d43b9576579493c0e939");
  CHECK(codec::hex_encode(View(sealed).substr(sealed.size() - 16)) == "c0875924c1c7987947deafd8780acf49");
  Secret opened;
  CHECK(xchacha20_poly1305_open(key, nonce, associated, sealed, opened));
  CHECK(opened.reveal() == plain);
  CHECK(!xchacha20_poly1305_open(key, std::string(24, 'n'), associated, sealed, opened));
}
