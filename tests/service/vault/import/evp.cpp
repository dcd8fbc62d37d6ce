#include "service/vault/import/evp.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "posthorn/bytes/codec/hex.h"

using namespace posthorn;
using namespace posthorn::vault;

namespace {

std::string octets(View hex) { return codec::hex_decode(hex).value(); }

}  // namespace

TEST_CASE("ECDH gives the shared secrets of RFC 5903 section 8") {
  struct Row {
    View curve, scalar, x, y, secret;
  };
  const Row rows[] = {
      {"1.2.840.10045.3.1.7", "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
       "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63",
       "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
       "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
      {"1.3.132.0.34",
       "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896783AB194",
       "E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D0D1AC43A0336DEF96FDA41D0774A3571",
       "DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96DB9E6386C",
       "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4D603135569B9E9D09CF5D4A270F59746"},
      {"1.3.132.0.35",
       "0037ADE9319A89F4DABDB3EF411AACCCA5123C61ACAB57B5393DCE47608172A095AA85A30FE1C2952C6771D937BA9777F5957B2639BAB07"
       "2"
       "462F68C27A57382D4A52",
       "00D0B3975AC4B799F5BEA16D5E13E9AF971D5E9B984C9F39728B5E5739735A219B97C356436ADC6E95BB0352F6BE64A6C2912D4EF2D0433"
       "C"
       "ED2B6171640012D9460F",
       "015C68226383956E3BD066E797B623C27CE0EAC2F551A10C2C724D9852077B87220B6536C5C408A1D2AEBB8E86D678AE49CB57091F47322"
       "9"
       "6579AB44FCD17F0FC56A",
       "01144C7D79AE6956BC8EDB8E7C787C4521CB086FA64407F97894E5E6B2D79B04D1427E73CA4BAA240A34786859810C06B3C715A3A8CC315"
       "1"
       "F2BEE417996D19F3DDEA"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.curve);
    const evp::Curve* curve = evp::find_curve(row.curve);
    REQUIRE(curve != nullptr);
    const evp::Pkey key = evp::key_of_scalar(*curve, Secret(octets(row.scalar)));
    REQUIRE(key != nullptr);
    const std::string point = "\x04" + octets(row.x) + octets(row.y);
    const auto secret = evp::agree(key.get(), *curve, point);
    REQUIRE(secret.has_value());
    CHECK(own(secret->reveal()) == octets(row.secret));
    // The same point, compressed (SEC 1 section 2.3.3).
    const char sign = (point.back() & 1) != 0 ? '\x03' : '\x02';
    CHECK(own(evp::agree(key.get(), *curve, sign + octets(row.x))->reveal()) == octets(row.secret));
    // Not on the curve, of another form, of another size, at infinity.
    std::string bad = point;
    bad.back() ^= 1;
    CHECK_FALSE(evp::agree(key.get(), *curve, bad).has_value());
    bad = point;
    bad[0] = '\x06';
    CHECK_FALSE(evp::agree(key.get(), *curve, bad).has_value());
    CHECK_FALSE(evp::agree(key.get(), *curve, View(point).substr(0, point.size() - 1)).has_value());
    CHECK_FALSE(evp::agree(key.get(), *curve, point + "x").has_value());
    CHECK_FALSE(evp::agree(key.get(), *curve, View("\0", 1)).has_value());
    CHECK_FALSE(evp::agree(key.get(), *curve, "").has_value());
  }
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("scalars that are none of the curve are refused") {
  for (const View oid : {View("1.2.840.10045.3.1.7"), View("1.3.132.0.34"), View("1.3.132.0.35")}) {
    CAPTURE(oid);
    const evp::Curve* curve = evp::find_curve(oid);
    std::string order = octets(curve->order);
    REQUIRE(order.size() == curve->field);
    CHECK(evp::key_of_scalar(*curve, Secret(order)) == nullptr);
    order.back() = static_cast<char>(order.back() - 1);  // all three are odd
    CHECK(evp::key_of_scalar(*curve, Secret(order)) != nullptr);
    CHECK(evp::key_of_scalar(*curve, Secret(std::string(curve->field, '\0'))) == nullptr);
    CHECK(evp::key_of_scalar(*curve, Secret(std::string(curve->field, '\xFF'))) == nullptr);
    CHECK(evp::key_of_scalar(*curve, Secret(std::string(curve->field - 1, '\x01'))) == nullptr);
    CHECK(evp::key_of_scalar(*curve, Secret()) == nullptr);
  }
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("PBKDF2 (RFC 6070; RFC 7914 section 11)") {
  CHECK(own(evp::pbkdf2(*evp::find_digest("sha1"), "passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt",
                        4096, 25)
                .reveal()) == octets("3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"));
  CHECK(own(evp::pbkdf2(*evp::find_digest("sha256"), "passwd", "salt", 1, 64).reveal()) ==
        octets("55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
               "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"));
}

TEST_CASE("HMAC (RFC 4231 section 4.3) and hashes (FIPS 180-4)") {
  const auto& sha256 = *evp::find_digest("2.16.840.1.101.3.4.2.1");
  CHECK(evp::hmac(sha256, "Jefe", "what do ya want for nothing?") ==
        octets("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
  CHECK(evp::hash(sha256, "abc") == octets("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  CHECK(evp::hash(*evp::find_digest("1.3.14.3.2.26"), "") == octets("da39a3ee5e6b4b0d3255bfef95601890afd80709"));
}

TEST_CASE("AES-256-GCM (test case 16 of the GCM submission) and AES-256-CBC (SP 800-38A, F.2.6)") {
  const std::string key = octets("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const std::string iv = octets("cafebabefacedbaddecaf888");
  const std::string aad = octets("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const std::string sealed = octets(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
  const std::string tag = octets("76fc6ece0f4e1768cddf8853bb2d551b");
  const auto& gcm = *evp::find_cipher("aes-256-gcm");
  const auto text = evp::decrypt(gcm, {key, iv, sealed, aad, tag});
  REQUIRE(text.has_value());
  CHECK(*text == octets("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"));
  std::string other = tag;
  other[15] ^= 1;
  CHECK_FALSE(evp::decrypt(gcm, {key, iv, sealed, aad, other}).has_value());
  CHECK_FALSE(evp::decrypt(gcm, {key, iv, sealed, View(aad).substr(1), tag}).has_value());
  CHECK_FALSE(evp::decrypt(gcm, {key, iv, sealed, aad, View(tag).substr(1)}).has_value());
  CHECK_FALSE(evp::decrypt(gcm, {key, View(iv).substr(1), sealed, aad, tag}).has_value());
  CHECK_FALSE(evp::decrypt(gcm, {View(key).substr(1), iv, sealed, aad, tag}).has_value());

  // The first block of F.2.6 ends in 2a: no padding, so it is refused; CTR (F.5.6) has none.
  const std::string aes = octets("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  CHECK_FALSE(evp::decrypt(*evp::find_cipher("aes-256-cbc"), {aes, octets("000102030405060708090a0b0c0d0e0f"),
                                                              octets("f58c4c04d6e5f1ba779eabfb5f7bfbd6")})
                  .has_value());
  CHECK(evp::decrypt(*evp::find_cipher("aes-256-ctr"),
                     {aes, octets("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), octets("601ec313775789a5b7a7f504bbf3d228")}) ==
        octets("6bc1bee22e409f96e93d7e117393172a"));
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("algorithms are found by OID and by name, and nothing else is") {
  CHECK(evp::find_cipher("2.16.840.1.101.3.4.1.46") == evp::find_cipher("aes-256-gcm"));
  CHECK(evp::find_digest("2.16.840.1.101.3.4.2.3") == evp::find_digest("sha512"));
  for (const View none : {View(""), View("?"), View("AES-256-GCM"), View("1.2.3")}) {
    CHECK(evp::find_cipher(none) == nullptr);
    CHECK(evp::find_digest(none) == nullptr);
    CHECK(evp::find_curve(none) == nullptr);
  }
}
