#include "service/vault/capsule.h"

#include "posthorn/bytes/crypto/aead.h"

namespace posthorn::vault {

namespace {
constexpr char kVersion = 1;
constexpr unsigned char kPadded = 1;
constexpr std::size_t kWrapped = 32 + 8 + crypto::kTagOctets;
static_assert(kCapsuleOctets == 1 + 1 + 4 + kMessageIdOctets + crypto::kHpkeKeyOctets + 4 + kWrapped);

Error no_capsule() { return {Code::corrupt, Blame::environment, Lasting::permanent, "no capsule of a sealed message"}; }
}  // namespace

std::string capsule_words(const CapsuleFacts& facts, View message_id, View encapsulated, std::uint32_t sequence) {
  std::string words{kVersion, static_cast<char>(facts.padded ? kPadded : 0)};
  words.reserve(kCapsuleOctets);
  words += big_endian(facts.generation);
  words += message_id;
  words += encapsulated;
  words += big_endian(sequence);
  return words;
}

Result<Capsule> decode_capsule(View octets) {
  if (octets.empty()) return fail(no_capsule());
  if (octets[0] != kVersion) return fail(Error(Code::unsupported, Blame::environment, Lasting::permanent, "capsule"));
  if (octets.size() != kCapsuleOctets || (static_cast<unsigned char>(octets[1]) & ~kPadded) != 0) {
    return fail(no_capsule());
  }
  Capsule capsule;
  capsule.words = octets.substr(0, kCapsuleOctets - kWrapped);
  capsule.facts.padded = octets[1] != 0;
  octets.remove_prefix(2);
  const auto take = [&](std::size_t count) {
    const View taken = octets.substr(0, count);
    octets.remove_prefix(count);
    return taken;
  };
  capsule.facts.generation = read_big_endian<std::uint32_t>(take(4));
  capsule.message_id = take(kMessageIdOctets);
  capsule.encapsulated = take(crypto::kHpkeKeyOctets);
  capsule.sequence = read_big_endian<std::uint32_t>(take(4));
  capsule.wrapped = take(kWrapped);
  return capsule;
}

std::string owner_words(Owner owner) { return big_endian(owner.account) + big_endian(owner.generation); }

std::string mailbox_info(Owner owner) { return "posthorn mailbox key 1" + owner_words(owner); }

}  // namespace posthorn::vault
