#include "posthorn/service/vault/import/trees.h"

#include <cstddef>
#include <string>

#include <doctest/doctest.h>
#include <sodium.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"

#include "service/vault/import/vectors.h"

using namespace posthorn;
using namespace posthorn::vault;

namespace {

constexpr std::size_t kBox = 8192 + 48;

const testing::Vectors& vectors() {
  static const testing::Vectors all("trees.txt");
  return all;
}

TreesColumns columns(const std::string& algorithm) {
  const auto& v = vectors();
  return {algorithm == "argon2id13" ? 1U : 0U,
          std::stoull(v[algorithm + ".opslimit"]),
          std::stoull(v[algorithm + ".memlimit"]),
          v[algorithm + ".pwhash_salt"],
          v[algorithm + ".sk_nonce"],
          v[algorithm + ".locked_secretbox"],
          v["public_key"]};
}

Secret password() { return Secret(View(vectors()["password"])); }
Secret private_key() { return Secret(View(vectors()["private_key"])); }

Error error_of(const Result<std::string>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

/// The file read in chunks of one size.
Result<std::string> read_in(View file, std::size_t chunk) {
  TreesReader reader(private_key());
  std::string plain;
  for (std::size_t at = 0; at < file.size(); at += chunk) {
    if (auto good = reader.feed(file.substr(at, chunk), plain); !good) return fail(good.error());
  }
  if (auto good = reader.finish(plain); !good) return fail(good.error());
  return plain;
}

}  // namespace

TEST_CASE("a stored key opens with its password, under both algorithms (vectors of PyNaCl)") {
  for (const std::string algorithm : {"argon2i13", "argon2id13"}) {
    CAPTURE(algorithm);
    const auto key = open_trees_key(columns(algorithm), password());
    REQUIRE(key.has_value());
    CHECK(own(key->reveal()) == vectors()["private_key"]);
  }
}

TEST_CASE("columns may be hexadecimal, as databases hold them") {
  TreesColumns hex = columns("argon2id13");
  for (auto* column : {&hex.pwhash_salt, &hex.sk_nonce, &hex.locked_secretbox, &hex.public_key}) {
    *column = codec::hex_encode(*column);
  }
  CHECK(open_trees_key(hex, password()).has_value());
  hex.sk_nonce[3] = 'g';
  CHECK(open_trees_key(hex, password()).error().code == Code::corrupt);
}

TEST_CASE("a wrong password and a damaged box are denied; they look alike") {
  for (const View wrong : {View(""), View("correct horse battery stapl"), View("Correct horse battery staple")}) {
    CHECK(open_trees_key(columns("argon2id13"), Secret(wrong)).error().code == Code::denied);
  }
  for (std::size_t i = 0; i < 48; i += 5) {
    TreesColumns damaged = columns("argon2id13");
    damaged.locked_secretbox[i] ^= 1;
    CHECK(open_trees_key(damaged, password()).error().code == Code::denied);
  }
  TreesColumns other = columns("argon2id13");
  other.pwhash_algo = 0;
  CHECK(open_trees_key(other, password()).error().code == Code::denied);
}

TEST_CASE("a key that belongs to another public key is found out") {
  TreesColumns other = columns("argon2id13");
  other.public_key[0] ^= 1;
  const auto key = open_trees_key(other, password());
  REQUIRE_FALSE(key.has_value());
  CHECK(key.error().code == Code::corrupt);
  CHECK(key.error().note.find("public key") != std::string::npos);
}

TEST_CASE("columns of a wrong size name themselves") {
  struct Row {
    std::string TreesColumns::* column;
    View name;
  };
  for (const Row& row :
       {Row{&TreesColumns::pwhash_salt, "pwhash_salt"}, Row{&TreesColumns::sk_nonce, "sk_nonce"},
        Row{&TreesColumns::locked_secretbox, "locked_secretbox"}, Row{&TreesColumns::public_key, "public_key"}}) {
    for (const bool longer : {false, true}) {
      TreesColumns bad = columns("argon2id13");
      std::string& column = bad.*row.column;
      column = longer ? column + "x" : std::string();
      const auto key = open_trees_key(bad, password());
      REQUIRE_FALSE(key.has_value());
      CHECK(key.error().code == Code::corrupt);
      CHECK(key.error().note.find(row.name) != std::string::npos);
    }
  }
}

TEST_CASE("absurd costs are refused before anything is allocated") {
  TreesColumns absurd = columns("argon2id13");
  absurd.memlimit = std::uint64_t{1} << 62U;
  CHECK(open_trees_key(absurd, password()).error().code == Code::too_long);
  absurd.memlimit = (std::uint64_t{1} << 30U) + 1;
  CHECK(open_trees_key(absurd, password()).error().code == Code::too_long);
  CHECK(open_trees_key(columns("argon2id13"), password(), {.max_memory = (1U << 20U) - 1}).error().code ==
        Code::too_long);
  absurd = columns("argon2id13");
  absurd.opslimit = 17;
  CHECK(open_trees_key(absurd, password()).error().code == Code::too_many);
  CHECK(open_trees_key(columns("argon2id13"), password(), {.max_operations = 2}).error().code == Code::too_many);
  // Less than Argon2 can do.
  absurd = columns("argon2id13");
  absurd.opslimit = 0;
  CHECK(open_trees_key(absurd, password()).error().code == Code::corrupt);
  absurd = columns("argon2i13");
  absurd.opslimit = 2;
  CHECK(open_trees_key(absurd, password()).error().code == Code::corrupt);
  absurd = columns("argon2i13");
  absurd.memlimit = 8191;
  CHECK(open_trees_key(absurd, password()).error().code == Code::corrupt);
  // No third algorithm; the limits hold whatever a caller allows beyond Argon2's own.
  absurd = columns("argon2id13");
  absurd.pwhash_algo = 2;
  CHECK(open_trees_key(absurd, password()).error().code == Code::unsupported);
  absurd = columns("argon2id13");
  absurd.memlimit = ~std::uint64_t{0};
  CHECK(open_trees_key(absurd, password(), {.max_memory = ~std::uint64_t{0}}).error().code == Code::too_long);
}

TEST_CASE("files read, at every size around a box (vectors of PyNaCl)") {
  for (const std::size_t size : {0U, 5U, 8191U, 8192U, 8193U}) {
    CAPTURE(size);
    const View file = vectors()["file." + std::to_string(size)];
    CHECK(is_trees(file));
    const auto text = read_trees(file, private_key());
    REQUIRE(text.has_value());
    CHECK(text->size() == size);
    CHECK((size < 100 ? *text : crypto::sha256(*text)) == vectors()["text." + std::to_string(size)]);
    for (const std::size_t chunk : {1U, 7U, 8239U, 8240U, 8241U, 20'000U}) CHECK(read_in(file, chunk) == text);
  }
}

TEST_CASE("a file that is cut short anywhere is never whole") {
  for (const std::string name : {"file.5", "file.0"}) {
    const View file = vectors()[name];
    for (std::size_t cut = 0; cut < file.size(); ++cut) {
      CAPTURE(cut);
      const Error error = error_of(read_trees(file.substr(0, cut), private_key()));
      CHECK(error.code == (cut < 3 ? Code::syntax : Code::corrupt));
    }
  }
  const View longer = vectors()["file.8193"];
  // Where a box ends, only the missing last one shows it.
  CHECK(error_of(read_trees(longer.substr(0, kTreesHeader + kBox), private_key())).note.find("before its last box") !=
        std::string::npos);
  for (std::size_t cut = 0; cut < longer.size(); cut += 97)
    CHECK_FALSE(read_trees(longer.substr(0, cut), private_key()));
}

TEST_CASE("text of proven boxes stays, what comes after damage does not") {
  std::string file = vectors()["file.8193"];
  file[kTreesHeader + kBox + 3] ^= 1;
  TreesReader reader(private_key());
  std::string plain = "before ";
  CHECK(reader.feed(file, plain).has_value());
  CHECK(plain.size() == 7 + 8192);
  const auto end = reader.finish(plain);
  REQUIRE_FALSE(end.has_value());
  CHECK(end.error().code == Code::corrupt);
  CHECK(end.error().offset == kTreesHeader + kBox);
  CHECK(plain.size() == 7 + 8192);
}

TEST_CASE("one altered octet anywhere is noticed") {
  const std::string& file = vectors()["file.5"];
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const char bit : {'\x01', '\x80'}) {
      CAPTURE(i);
      std::string damaged = file;
      damaged[i] ^= bit;
      const Error error = error_of(read_trees(damaged, private_key()));
      CHECK(error.code == (i < 3 ? Code::syntax : i < kTreesHeader ? Code::unsupported : Code::corrupt));
    }
  }
}

TEST_CASE("octets after the end are noticed") {
  for (const std::size_t size : {0U, 5U, 8191U, 8192U}) {
    for (const std::size_t more : {1U, 48U, 8240U}) {
      CAPTURE(size);
      CAPTURE(more);
      const std::string file = vectors()["file." + std::to_string(size)] + std::string(more, 'x');
      CHECK(error_of(read_trees(file, private_key())).code == Code::corrupt);
    }
  }
  // A second file behind the first.
  CHECK_FALSE(read_trees(vectors()["file.5"] + vectors()["file.5"], private_key()).has_value());
}

TEST_CASE("what the format cannot notice: boxes that were dropped, repeated, moved or put in") {
  std::string first(8192, 'a');
  std::string second(8192, 'b');
  const std::string& public_key = vectors()["public_key"];
  const auto sealed = [&](const std::string& text) {
    std::string box(text.size() + crypto_box_SEALBYTES, '\0');
    REQUIRE(crypto_box_seal(reinterpret_cast<unsigned char*>(box.data()),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                            reinterpret_cast<const unsigned char*>(public_key.data())) == 0);
    return box;
  };
  const std::string header("\xEE\xFF\xCC\0\0\0\1", 7);
  const std::string end = sealed("end");
  CHECK(read_trees(header + sealed(second) + sealed(first) + end, private_key()) == second + first + "end");
  CHECK(read_trees(header + end, private_key()) == "end");
  // A short box in the middle cannot be: it would be read as part of a longer one.
  CHECK_FALSE(read_trees(header + end + sealed(first) + end, private_key()).has_value());
}

TEST_CASE("another key, another version, another kind of file") {
  std::string other = vectors()["private_key"];
  other[5] ^= 1;
  const auto wrong = read_trees(vectors()["file.8193"], Secret(View(other)));
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().code == Code::corrupt);
  CHECK(wrong.error().note.find("another key") != std::string::npos);
  CHECK(wrong.error().offset == kTreesHeader);

  CHECK(read_trees(vectors()["file.5"], Secret(View("short"))).error().code == Code::misuse);
  CHECK(read_trees(vectors()["file.5"], Secret()).error().code == Code::misuse);

  CHECK_FALSE(is_trees("Return-Path: <>\r\n"));
  CHECK_FALSE(is_trees("\xEE\xFF"));
  CHECK(error_of(read_trees("Return-Path: <>\r\n", private_key())).code == Code::syntax);
  CHECK(error_of(read_trees("", private_key())).code == Code::syntax);
  const std::string version_2("\xEE\xFF\xCC\0\0\0\2", 7);
  CHECK(is_trees(version_2));
  CHECK(error_of(read_trees(version_2, private_key())).code == Code::unsupported);
}

TEST_CASE("a reader that failed or finished stays so") {
  TreesReader failed(private_key());
  std::string plain;
  const auto first = failed.feed("Subject", plain);
  REQUIRE_FALSE(first.has_value());
  CHECK(failed.feed(vectors()["file.5"], plain).error() == first.error());
  CHECK(failed.finish(plain).error() == first.error());

  TreesReader done(private_key());
  REQUIRE(done.feed(vectors()["file.5"], plain).has_value());
  REQUIRE(done.finish(plain).has_value());
  CHECK(done.feed("x", plain).error().code == Code::misuse);
  CHECK(done.finish(plain).error().code == Code::misuse);
  CHECK(plain == vectors()["text.5"]);
}
