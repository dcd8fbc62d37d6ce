// Files that Dovecot wrote: tests/vectors/import/mail_crypt.txt, made by tests/interop/mail_crypt.py --capture.
#include "posthorn/service/vault/import/mail_crypt.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"

#include "service/vault/import/vectors.h"

using namespace posthorn;
using namespace posthorn::vault;

namespace {

// Places in a file of prime256v1, aes-256-gcm-sha256 (docs/formats/imported.md).
constexpr std::size_t kFlags = 10;
constexpr std::size_t kHeaderSize = 14;
constexpr std::size_t kCipher = 18;
constexpr std::size_t kRounds = 40;
constexpr std::size_t kKeySize = 44;
constexpr std::size_t kCount = 48;
constexpr std::size_t kKind = 49;
constexpr std::size_t kId = 50;
constexpr std::size_t kEphemeral = 82;

const testing::Vectors& vectors() {
  static const testing::Vectors all("mail_crypt.txt");
  return all;
}

MailCryptKey key_of(const std::string& name, const MailCryptKey* by = nullptr) {
  const bool locked = by == nullptr && name.find("plain") == std::string::npos;
  auto key =
      open_mail_crypt_key(Secret(View(vectors()[name])), {Secret(View(locked ? vectors()["password"] : "")), by});
  REQUIRE_MESSAGE(key.has_value(), name);
  return *key;
}

const std::vector<MailCryptKey>& p256() {
  static const std::vector<MailCryptKey> keys{key_of("prime256v1.pem.0")};
  return keys;
}

std::string file_of(View algorithm = "aes-256-gcm-sha256") { return vectors()["prime256v1." + own(algorithm)]; }

/// The reason why a file is not read by the key it was sealed to.
Error error_of(View file, const MailCryptLimits& limits = {.max_rounds = 5000}) {
  const auto text = read_mail_crypt(file, p256(), limits);
  REQUIRE_FALSE(text.has_value());
  return text.error();
}

void put_u32(std::string& file, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<char>(value >> (24 - 8 * i) & 0xFFU);
}

}  // namespace

TEST_CASE("mail that Dovecot sealed reads, by the mailbox's key that the user's key opens") {
  for (const std::string curve : {"secp521r1", "prime256v1", "secp384r1"}) {
    for (const std::string kind : {".plain", ".locked"}) {
      CAPTURE(curve);
      const MailCryptKey user = key_of(curve + kind + ".user");
      const std::vector<MailCryptKey> keys{user, key_of(curve + kind + ".box", &user)};
      const std::string& file = vectors()[curve + kind + ".file"];
      CHECK(is_mail_crypt(file));
      CHECK(read_mail_crypt(file, keys) == vectors()["text"]);
      const auto header = parse_mail_crypt_header(file);
      REQUIRE(header.has_value());
      REQUIRE(header->blocks.size() == 1);
      CHECK(header->blocks[0].id == keys[1].id());
      CHECK(read_mail_crypt(file, std::span(keys).first(1)).error().code == Code::denied);
      CHECK(read_mail_crypt(file, {}).error().code == Code::denied);
    }
  }
}

TEST_CASE("every cipher and digest that Dovecot writes") {
  for (const View algorithm : {"aes-256-gcm-sha256", "aes-128-gcm-sha256", "aes-192-gcm-sha512", "aes-256-gcm-sha1",
                               "aes-256-cbc-sha256", "aes-192-cbc-sha384", "aes-128-cbc-sha1", "aes-256-cbc-sha512"}) {
    CAPTURE(algorithm);
    CHECK(read_mail_crypt(file_of(algorithm), p256()) == vectors()["text"]);
  }
  const std::vector<MailCryptKey> rsa{key_of("rsa.pem.0")};
  CHECK(read_mail_crypt(vectors()["rsa.aes-256-gcm-sha256"], rsa) == vectors()["text"]);
}

TEST_CASE("the header says what a file is sealed with") {
  const auto header = parse_mail_crypt_header(file_of());
  REQUIRE(header.has_value());
  CHECK(header->flags == MailCryptHeader::kAead);
  CHECK(header->cipher == "2.16.840.1.101.3.4.1.46");
  CHECK(header->digest == "2.16.840.1.101.3.4.2.1");
  CHECK(header->rounds == 2048);
  CHECK(header->key_hash.size() == 32);
  CHECK(header->size == 255);
  CHECK(header->blocks[0].kind == MailCryptBlock::Kind::ec);
  CHECK(header->blocks[0].ephemeral.size() == 65);
  CHECK(header->blocks[0].sealed.size() == 64);
  CHECK(parse_mail_crypt_header(file_of("aes-256-cbc-sha256"))->flags == MailCryptHeader::kHmac);
}

TEST_CASE("an unknown cipher is refused by its OID") {
  const Error error = error_of(file_of("camellia-256-cbc-sha256"));
  CHECK(error.code == Code::unsupported);
  CHECK(error.note == "cipher 1.2.392.200011.61.1.1.1.4");
  std::string file = file_of();
  file[kCipher + 10] = '\x2C';  // aes-256-cfb
  CHECK(error_of(file).note == "cipher 2.16.840.1.101.3.4.1.44");
  file = file_of();
  file[kCipher + 21] = '\x04';  // sha224
  CHECK(error_of(file).note == "digest 2.16.840.1.101.3.4.2.4");
}

TEST_CASE("a file that is cut short anywhere gives no text") {
  for (const View algorithm : {"aes-256-gcm-sha256", "aes-256-cbc-sha256"}) {
    const std::string file = file_of(algorithm);
    for (std::size_t cut = 0; cut < file.size(); ++cut) {
      CAPTURE(cut);
      const Error error = error_of(View(file).substr(0, cut));
      CHECK(error.code == (cut < 9 ? Code::syntax : Code::corrupt));
      if (cut >= 9 && cut < 255) CHECK(error.note == "the file ends within its header");
    }
  }
}

TEST_CASE("one altered bit anywhere gives no text") {
  for (const View algorithm : {"aes-256-gcm-sha256", "aes-128-cbc-sha1"}) {
    const std::string file = file_of(algorithm);
    for (std::size_t i = 0; i < file.size(); ++i) {
      // Behind the lengths every bit is alike: one of each octet will do.
      for (unsigned bit = i < kEphemeral + 4 ? 0 : i % 8; bit < 8; bit += i < kEphemeral + 4 ? 1 : 8) {
        std::string damaged = file;
        damaged[i] = static_cast<char>(damaged[i] ^ (1U << bit));
        CAPTURE(i);
        CAPTURE(bit);
        CHECK_FALSE(read_mail_crypt(damaged, p256(), {.max_rounds = 5000}).has_value());
      }
    }
  }
}

TEST_CASE("damage says where it is: key block, ciphertext, tag, end") {
  const std::string file = file_of();
  std::string damaged = file;
  damaged[200] ^= 1;  // of the sealed key
  CHECK(error_of(damaged).note == "a key block does not open");
  for (const std::size_t at : {std::size_t{255}, file.size() - 1}) {
    damaged = file;
    damaged[at] ^= 1;
    CHECK(error_of(damaged).code == Code::corrupt);
    CHECK(error_of(damaged).note.find("does not fit its tag") != std::string::npos);
  }
  CHECK(error_of(file + "x").note.find("followed by more") != std::string::npos);
  CHECK(error_of(View(file).substr(0, 260)).note == "the file ends within its tag");
  // The HMAC is looked at before the padding: no oracle.
  damaged = file_of("aes-256-cbc-sha256");
  damaged[damaged.size() - 40] ^= 1;
  CHECK(error_of(damaged).note.find("does not fit its tag") != std::string::npos);
}

TEST_CASE("another key is not a damaged file") {
  const std::vector<MailCryptKey> others{key_of("secp521r1.plain.user"), key_of("rsa.pem.0")};
  CHECK(read_mail_crypt(file_of(), others).error().code == Code::denied);
  std::string file = file_of();
  file[kId] ^= 1;
  CHECK(error_of(file).code == Code::denied);
  file = file_of();
  file[kKind] = 1;
  CHECK(error_of(file).code == Code::corrupt);
  file[kKind] = 3;
  CHECK(error_of(file).code == Code::unsupported);
}

TEST_CASE("only files with one proof of integrity are read") {
  // 0x04: none; 0x08: version 1; 0x10: another seal of the key.
  for (const std::uint32_t flags : {0U, 1U, 3U, 4U, 6U, 0x0AU, 0x12U, 0x80000002U}) {
    CAPTURE(flags);
    std::string file = file_of();
    put_u32(file, kFlags, flags);
    CHECK(error_of(file).code == Code::unsupported);
    CHECK(error_of(file).note.find("flags " + std::to_string(flags)) == 0);
  }
  std::string file = file_of("aes-256-cbc-sha256");
  put_u32(file, kFlags, MailCryptHeader::kAead);
  CHECK(error_of(file).code == Code::unsupported);
}

TEST_CASE("absurd numbers in a header cost nothing") {
  const auto with = [](std::size_t at, std::uint32_t value) {
    std::string file = file_of();
    put_u32(file, at, value);
    return error_of(file).code;
  };
  CHECK(with(kHeaderSize, 0xFFFFFFFF) == Code::too_long);
  CHECK(with(kHeaderSize, 65'536) == Code::corrupt);
  CHECK(with(kHeaderSize, 17) == Code::syntax);
  CHECK(with(kHeaderSize, 18) == Code::syntax);
  CHECK(with(kHeaderSize, 254) == Code::syntax);
  CHECK(with(kHeaderSize, 256) == Code::syntax);
  CHECK(with(kRounds, 0xFFFFFFFF) == Code::too_many);
  CHECK(with(kRounds, 5001) == Code::too_many);
  CHECK(with(kRounds, 0) == Code::corrupt);
  CHECK(with(kKeySize, 0xFFFFFFFF) == Code::syntax);
  CHECK(with(kKeySize, 206) == Code::syntax);
  CHECK(with(kEphemeral, 0xFFFFFFFF) == Code::syntax);
  CHECK(with(kEphemeral, 0) == Code::syntax);
  std::string file = file_of();
  file[kCount] = 0;
  CHECK(error_of(file).code == Code::syntax);
  file[kCount] = static_cast<char>(255);
  CHECK(error_of(file).code == Code::too_many);
  CHECK(error_of(file_of(), {.max_header = 254}).code == Code::too_long);
  CHECK(error_of(file_of(), {.max_key_blocks = 0}).code == Code::too_many);
  CHECK(error_of(file_of(), {.max_rounds = 2047}).code == Code::too_many);
  CHECK(error_of(file_of(), {.max_octets = 50}).code == Code::too_long);
}

TEST_CASE("a file for several recipients is read by each of them") {
  // Two files of one text differ in everything; a second block is put in front by hand: it is for somebody else.
  const std::string file = file_of();
  const std::string block = file.substr(kKind, 1 + 32 + 4 + 65 + 4 + 64);
  std::string other = block;
  for (std::size_t i = 1; i < 33; ++i) other[i] = 'x';
  std::string both = file;
  both.insert(kKind, other);
  both[kCount] = 2;
  put_u32(both, kHeaderSize, static_cast<std::uint32_t>(255 + block.size()));
  put_u32(both, kKeySize, static_cast<std::uint32_t>(207 + block.size()));
  CHECK(read_mail_crypt(both, p256()) == vectors()["text"]);
  CHECK(parse_mail_crypt_header(both)->blocks.size() == 2);
  CHECK(error_of(both, {.max_key_blocks = 1}).code == Code::too_many);
}

TEST_CASE("other files, other versions") {
  CHECK_FALSE(is_mail_crypt(""));
  CHECK_FALSE(is_mail_crypt("CRYPTED\x03"));
  CHECK_FALSE(is_mail_crypt("From: ann@example.org\n"));
  CHECK(error_of("From: ann@example.org\n").code == Code::syntax);
  for (const char version : {'\0', '\1', '\3'}) {
    std::string file = file_of();
    file[9] = version;
    CHECK(is_mail_crypt(file));
    CHECK(error_of(file).code == Code::unsupported);
    CHECK(error_of(file).note.find("version") != std::string::npos);
  }
}
