// Prints the vectors of docs/formats/sealed.md: the same octets each time, from a random source that repeats.
#include <iostream>
#include <string>
#include <vector>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/bytes/crypto/password.h"
#include "posthorn/service/vault/sealed_message.h"
#include "posthorn/service/vault/slot.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using codec::base64_encode;

namespace {

constexpr vault::Owner kOwner{7, 3};

std::string field(View name, View value) { return "\"" + own(name) + "\": \"" + own(value) + "\""; }

std::string slot(const vault::KeyPair& pair, vault::SlotKind kind, View name, const crypto::PasswordKey& key,
                 View credential, Random& random) {
  const vault::Slot made =
      vault::wrap(pair.public_key, pair.private_key.reveal(), kind, name, key.stored, key.key, random);
  return "  {" + field("kind", vault::name_of(kind)) + ", " + field("name", name) + ",\n   " +
         field("method", made.method) + ",\n   " + field("credential", base64_encode(credential)) + ",\n   " +
         field("wrapped", base64_encode(made.wrapped)) + "}";
}

std::string message(vault::Sealer& sealer, std::size_t octets, vault::Padding padding, Random& random) {
  std::string text;
  for (std::size_t i = 0; text.size() < octets; ++i) text += std::to_string(i) + ' ';
  text.resize(octets);
  const std::string digest = "digest of " + std::to_string(octets);
  vault::MessageSealer sealing(sealer, random, padding);
  std::string content;
  sealing.feed(text, content);
  const std::string sealed_digest = sealing.seal_derived(vault::Derived::search_digest, digest);
  const std::string capsule = sealing.finish(content).value();
  return "  {\"octets\": " + std::to_string(octets) + ", " + field("sha256", codec::hex_encode(crypto::sha256(text))) +
         ",\n   " + field("capsule", base64_encode(capsule)) + ",\n   " + field("content", base64_encode(content)) +
         ",\n   " + field("digest", base64_encode(sealed_digest)) + ", " + field("open_digest", base64_encode(digest)) +
         "}";
}

void print_list(View name, const std::vector<std::string>& items, View end) {
  std::cout << "\"" << name << "\": [\n";
  for (const std::string& item : items) std::cout << item << (&item == &items.back() ? "\n" : ",\n");
  std::cout << "]" << end << "\n";
}

}  // namespace

int main() {
  testing::SeededRandom random(2026);
  const vault::KeyPair pair = vault::make_key_pair(kOwner, random);
  const Secret password(View("correct horse"));
  const Secret token(View("0123456789abcdefghjkmnpqrstvwxyz"));
  std::cout << "{\"account\": " << kOwner.account << ", \"generation\": " << kOwner.generation << ",\n"
            << field("private_key", base64_encode(pair.private_key.reveal())) << ",\n"
            << field("public_key", base64_encode(pair.public_key.octets)) << ",\n";
  print_list(
      "slots",
      {slot(pair, vault::SlotKind::password, "",
            crypto::make_password_key(password, "0123456789abcdef", {2, 1U << 20U}).value(), password.reveal(), random),
       slot(pair, vault::SlotKind::app_password, "phone", crypto::make_token_key(token, "fedcba9876543210"),
            token.reveal(), random)},
      ",");
  vault::Sealer sealer = vault::Sealer::begin(pair.public_key, random).value();
  print_list(
      "messages",
      {message(sealer, 0, vault::Padding::none, random), message(sealer, 1, vault::Padding::none, random),
       message(sealer, 1000, vault::Padding::none, random), message(sealer, 1000, vault::Padding::classes, random),
       message(sealer, vault::kChunkOctets, vault::Padding::none, random),
       message(sealer, vault::kChunkOctets + 1, vault::Padding::none, random)},
      "}");
}
