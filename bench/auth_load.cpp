// Mail authentication, the library alone, in JSON lines:
//
//   auth-load make FOLDER            writes keys and messages, signed and not
//   auth-load run FOLDER SECONDS     how often each case can be done in a second of processor time
#include <cstdio>
#include <cstdlib>
#include <string>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/protocol/dkim/signer.h"
#include "posthorn/protocol/dkim/verifier.h"

#include "auth_corpus.h"

using namespace posthorn;

namespace {

constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};
constexpr View kDomain = "example.org";

class Steady : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    for (std::byte& b : out) b = static_cast<std::byte>((state_ = state_ * 6'364'136'223'846'793'005U + 1) >> 56U);
  }

 private:
  std::uint64_t state_ = 1;
};

/// Text, and behind it as much base64 as is missing: what mail of that size looks like.
std::string message_of(std::size_t octets) {
  std::string out =
      "Received: from client.example.net (client.example.net [192.0.2.1])\r\n\tby mx.example.org with ESMTPS id "
      "4711;\r\n"
      "\tFri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\nFrom: Joe SixPack <joe@example.org>\r\n"
      "To: Suzie Q <suzie@shopping.example.net>\r\nSubject: Is dinner ready, or shall we go\r\n somewhere else?\r\n"
      "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\nMessage-ID: <20030712040037.46341.5F8J@example.org>\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n"
      "User-Agent: None in particular\r\n\r\n";
  while (out.size() < 4000) out += "We lost the game. Are you hungry yet?  The others ask, and so do I.\r\n";
  Steady random;
  while (out.size() + 78 < octets) {
    std::string line(57, '\0');
    random.fill(std::as_writable_bytes(std::span(line)));
    out += codec::base64_encode(line) + "\r\n";
  }
  return out;
}

dkim::Signing signing_of(const std::string& folder, const std::string& name) {
  const auto key = crypto::PrivateKey::read(auth::read_file(folder + "/" + name + ".pem"));
  return {.domain = own(kDomain), .selector = name, .key = *key};
}

std::string sign(const dkim::Signing& signing, View message) {
  auto signer = dkim::Signer::make({signing});
  signer->append(message);
  return *signer->finish(kNow);
}

bool verify(View message, const dns::Answer& key) {
  dkim::Verifier verifier;
  verifier.append(message);
  verifier.finish(kNow);
  while (!verifier.wanted().empty()) verifier.answer(0, key);
  return verifier.verdict().outcome == dkim::Outcome::pass;
}

int make(const std::string& folder) {
  Steady random;
  auth::write_file(folder + "/rsa.pem", own(crypto::PrivateKey::generate_rsa(2048)->pem().reveal()));
  auth::write_file(folder + "/ed25519.pem", own(crypto::PrivateKey::generate_ed25519(random).pem().reveal()));
  for (const std::string size : auth::kSizes) {
    const std::string message = message_of(size == "4k" ? 4096 : 1U << 20U);
    auth::write_file(folder + "/" + size, message);
    for (const std::string name : auth::kKeys) {
      const dkim::Signing signing = signing_of(folder, name);
      auth::write_file(folder + "/" + name + "-" + size, sign(signing, message) + message);
      auth::write_file(folder + "/" + name + ".txt", dkim::KeyRecord::of(signing.key.public_key()).format());
    }
  }
  return 0;
}

int run(const std::string& folder, double seconds) {
  bool good = true;
  for (const std::string name : auth::kKeys) {
    const dkim::Signing signing = signing_of(folder, name);
    const dns::Answer record{.outcome = dns::Outcome::found,
                             .records = {dns::Txt{auth::read_file(folder + "/" + name + ".txt")}}};
    for (const std::string size : auth::kSizes) {
      const std::string of = "-" + name + "-" + size;
      const std::string message = auth::read_file(folder + "/" + size);
      const std::string with_field = auth::read_file(folder + "/" + name + "-" + size);
      auth::report("dkim-verify" + of, seconds, [&] { good = verify(with_field, record) && good; });
      auth::report("dkim-sign" + of, seconds, [&] { good = !sign(signing, message).empty() && good; });
      // The same octets hashed once, and one signature.
      const std::string digest = crypto::sha256(with_field);
      const std::string signature = signing.key.sign_digest(digest);
      const crypto::PublicKey key = signing.key.public_key();
      auth::report("bare-verify" + of, seconds,
                   [&] { good = key.verifies_digest(crypto::sha256(with_field), signature) && good; });
      auth::report("bare-sign" + of, seconds,
                   [&] { good = !signing.key.sign_digest(crypto::sha256(message)).empty() && good; });
    }
  }
  const std::string body = auth::read_file(folder + "/1m");
  auth::report("canonicalize-relaxed-1m", seconds, [&] {
    dkim::BodyCanonicalizer canonicalizer(dkim::Canonicalization::relaxed);
    std::size_t octets = 0;
    View rest = body;
    for (View piece = canonicalizer.next(rest); !piece.empty(); piece = canonicalizer.next(rest))
      octets += piece.size();
    good = octets > 0 && good;
  });
  auth::report("sha256-1m", seconds, [&] { good = crypto::sha256(body).size() == 32 && good; });
  return good ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  if (count == 3 && View(words[1]) == "make") return make(words[2]);
  if (count == 4 && View(words[1]) == "run") return run(words[2], std::atof(words[3]));
  std::fputs("usage: auth-load make FOLDER | run FOLDER SECONDS\n", stderr);
  return 2;
}
