// Keys that Dovecot and OpenSSL wrote: tests/vectors/import/mail_crypt.txt, made by tests/interop/mail_crypt.py
// --capture.
#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/service/vault/import/mail_crypt.h"

#include "service/vault/import/vectors.h"

using namespace posthorn;
using namespace posthorn::vault;

namespace {

const View kCurves[] = {"secp521r1", "prime256v1", "secp384r1"};

const testing::Vectors& vectors() {
  static const testing::Vectors all("mail_crypt.txt");
  return all;
}

Secret secret(const std::string& name) { return Secret(View(vectors()[name])); }

Result<MailCryptKey> open(const std::string& name, View password = {}, const MailCryptKey* by = nullptr) {
  return open_mail_crypt_key(secret(name), {Secret(password), by});
}

Error error_of(const Result<MailCryptKey>& key) {
  REQUIRE_FALSE(key.has_value());
  return key.error();
}

Result<MailCryptKey> open_text(View text, View password = {}) {
  return open_mail_crypt_key(Secret(text), {Secret(password), nullptr}, {.max_rounds = 3000});
}

/// One field of a key text replaced, the first being 0.
std::string with_field(std::string text, std::size_t number, View value) {
  std::size_t start = 0;
  for (; number > 0; --number) start = text.find(':', start) + 1;
  const std::size_t end = std::min(text.find(':', start), text.size());
  return text.replace(start, end - start, value);
}

std::string last_field(const std::string& text) { return text.substr(text.rfind(':') + 1); }

}  // namespace

TEST_CASE("Dovecot's texts: a user's key in the clear or under a password, a mailbox's key sealed to it") {
  for (const View curve : kCurves) {
    for (const View kind : {View(".plain"), View(".locked")}) {
      const std::string name = own(curve) + own(kind);
      CAPTURE(name);
      const View password = kind == ".locked" ? View(vectors()["password"]) : View();
      const auto user = open(name + ".user", password);
      REQUIRE(user.has_value());
      CHECK(codec::hex_encode(user->id()) == last_field(vectors()[name + ".user"]));
      const auto box = open(name + ".box", {}, &*user);
      REQUIRE(box.has_value());
      CHECK(codec::hex_encode(box->id()) == last_field(vectors()[name + ".box"]));
      CHECK(error_of(open(name + ".box")).code == Code::denied);
      CHECK(error_of(open(name + ".box", {}, &*box)).note.find(codec::hex_encode(user->id())) != std::string::npos);
    }
  }
}

TEST_CASE("a line end and spaces around a text are none of it") {
  CHECK(open_text("\r\n " + vectors()["prime256v1.plain.user"] + "\n").has_value());
}

TEST_CASE("PEM as OpenSSL writes it, plain and encrypted") {
  for (const std::string kind : {"prime256v1", "rsa"}) {
    std::string id;
    for (const char form : {'0', '1', '2', '3', '4'}) {
      const std::string name = kind + ".pem." + form;
      CAPTURE(name);
      const bool encrypted = vectors()[name].find("ENCRYPTED") != std::string::npos;
      const auto key = open(name, encrypted ? View(vectors()["password"]) : View());
      REQUIRE(key.has_value());
      if (id.empty()) id = own(key->id());
      CHECK(own(key->id()) == id);
      if (!encrypted) continue;
      CHECK(error_of(open(name)).code == Code::denied);
      CHECK(error_of(open(name, "guess")).code == Code::denied);
      CHECK(error_of(open(name, std::string(5000, 'x'))).code == Code::denied);
    }
  }
  CHECK(open("other.parameters").has_value());  // `openssl ecparam -genkey` writes the curve first
}

TEST_CASE("keys of other kinds are refused by their OID") {
  const auto refused = [](const std::string& name, View words) {
    CAPTURE(name);
    const Error error = error_of(open(name, vectors()["password"]));
    CHECK(error.code == Code::unsupported);
    CHECK_MESSAGE(error.note.find(words) != std::string::npos, error.note);
  };
  refused("other.brainpool", "1.3.36.3.3.2.8.1.1.7");
  refused("other.x25519", "1.3.101.110");
  refused("other.explicit", "without a name");
  refused("other.scrypt", "1.3.6.1.4.1.11591.4.11");
  refused("other.pbe1", "1.2.840.113549.1.12.1.3");
  refused("other.camellia", "1.2.392.200011.61.1.1.1.4");
  refused("other.sha512", "1.2.840.113549.2.11");
  refused("other.public", "PUBLIC KEY");
  CHECK(error_of(open("other.rounds", vectors()["password"])).code == Code::too_many);
}

TEST_CASE("texts of other versions, curves and ciphers are refused by name") {
  const std::string& locked = vectors()["prime256v1.locked.user"];
  const auto refused = [&](std::size_t field, View value, Code code, View words) {
    CAPTURE(value);
    const Error error = error_of(open_text(with_field(locked, field, value), vectors()["password"]));
    CHECK(error.code == code);
    CHECK_MESSAGE(error.note.find(words) != std::string::npos, error.note);
  };
  refused(0, "1", Code::unsupported, "version");
  refused(0, "", Code::unsupported, "version");
  refused(1, "1.2.840.113549.1.1.1", Code::unsupported, "1.2.840.113549.1.1.1");
  refused(1, "1.3.101.110", Code::unsupported, "1.3.101.110");
  refused(2, "3", Code::unsupported, "encryption");
  refused(2, "0", Code::syntax, "number of fields");
  refused(2, "1", Code::syntax, "number of fields");
  refused(2, "", Code::unsupported, "encryption");
  refused(3, "camellia-256-ctr", Code::unsupported, "camellia-256-ctr");
  refused(3, "aes-256-gcm", Code::unsupported, "aes-256-gcm");
  refused(4, "", Code::syntax, "salt");
  refused(4, "0g", Code::syntax, "salt");
  refused(5, "md5", Code::unsupported, "md5");
  refused(6, "0", Code::syntax, "rounds");
  refused(6, "-1", Code::syntax, "rounds");
  refused(6, "2048x", Code::syntax, "rounds");
  refused(6, "", Code::syntax, "rounds");
  refused(6, "3001", Code::too_many, "max_rounds");
  refused(6, "99999999999999999999", Code::too_many, "max_rounds");
  refused(7, "", Code::syntax, "data");
  refused(7, "00", Code::denied, "wrong password");
  refused(7, std::string(20'000, '0'), Code::denied, "wrong password");
  refused(8, "", Code::syntax, "id");
  refused(8, "00", Code::denied, "wrong password");
  CHECK(error_of(open_text(locked + ":00", vectors()["password"])).code == Code::syntax);
}

TEST_CASE("a text that was altered at any digit opens no other key") {
  for (const std::string name : {"prime256v1.locked.user", "prime256v1.plain.user"}) {
    const std::string& text = vectors()[name];
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string damaged = text;
      damaged[i] = damaged[i] == '0' ? '1' : '0';
      CAPTURE(damaged);
      CHECK_FALSE(open_text(damaged, vectors()["password"]).has_value());
    }
  }
  // In a text sealed to a key, too.
  const auto user = open("prime256v1.plain.user");
  const std::string& text = vectors()["prime256v1.plain.box"];
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::string damaged = text;
    damaged[i] = damaged[i] == '0' ? '1' : '0';
    CAPTURE(damaged);
    CHECK_FALSE(open_mail_crypt_key(Secret(damaged), {{}, &*user}, {.max_rounds = 3000}).has_value());
  }
}

TEST_CASE("a wrong or missing password is denied; a damaged plain text is corrupt") {
  CHECK(error_of(open("secp521r1.locked.user")).note == "the key needs a password");
  for (const View guess : {View("guess"), View("correct horse battery stapl")}) {
    CHECK(error_of(open("secp521r1.locked.user", guess)).code == Code::denied);
  }
  std::string text = vectors()["prime256v1.plain.user"];
  const std::size_t digit = text.rfind(':') - 1;  // the last one of the number
  text[digit] = text[digit] == '0' ? '1' : '0';
  CHECK(error_of(open_text(text)).code == Code::corrupt);
  // Numbers that are no scalar: negative, too long, of another length than they say, nought.
  const std::string& plain = vectors()["prime256v1.plain.user"];
  for (const View number : {View("00000001ff"), View("0000000100"), View("0000000201"), View("00000000"), View("0000"),
                            View("00000022ff00000000000000000000000000000000000000000000000000000000000000000000")}) {
    CHECK(error_of(open_text(with_field(plain, 3, number))).code == Code::corrupt);
  }
}

TEST_CASE("what is no key at all") {
  for (const View text :
       {View(), View("\n"), View("key"), View(":"), View("2:1.3.132.0.35"), View("::::"), View("2:a\n:0:b:c"),
        View("-----BEGIN PRIVATE KEY-----\n"), View("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n"),
        View("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        View("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"),
        View("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
        View("-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n"),
        View("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")}) {
    CAPTURE(text);
    CHECK_FALSE(open_text(text, "x").has_value());
  }
  CHECK(error_of(open_mail_crypt_key(Secret(std::string(65'537, 'x')))).code == Code::too_long);
  CHECK(error_of(open_mail_crypt_key(secret("prime256v1.pem.0"), {}, {.max_key_text = 100})).code == Code::too_long);
}

TEST_CASE("only the first block of a PEM text counts") {
  const std::string& plain = vectors()["prime256v1.pem.0"];
  const std::string& costly = vectors()["other.rounds"];
  const auto key = open_text(plain);
  REQUIRE(key.has_value());
  const auto first = open_text(plain + costly, "x");
  REQUIRE(first.has_value());
  CHECK(first->id() == key->id());
  CHECK(error_of(open_text(costly + plain, "x")).code == Code::too_many);
  // A first block that is damaged does not lead to the second, whatever that would cost.
  std::string damaged = plain;
  damaged.replace(damaged.find("MIGH"), 4, "AAAA");
  CHECK(error_of(open_text(damaged + costly, "x")).code == Code::syntax);
  damaged = plain;
  damaged[120] = damaged[120] == 'A' ? 'B' : 'A';
  CHECK_FALSE(open_text(damaged + plain, "x").has_value());
}

TEST_CASE("a PEM cut short or altered is refused or the same key") {
  for (const std::string name : {"prime256v1.pem.0", "prime256v1.pem.1", "prime256v1.pem.3", "prime256v1.pem.4"}) {
    const auto key = open(name, vectors()["password"]);
    REQUIRE(key.has_value());
    const std::string& text = vectors()[name];
    for (std::size_t cut = 0; cut + 2 < text.size(); ++cut) {
      CAPTURE(cut);
      CHECK_FALSE(open_text(View(text).substr(0, cut), vectors()["password"]).has_value());
    }
  }
}
