#include "service/vault/capsule.h"

#include "posthorn/bytes/crypto/aead.h"
#include "posthorn/service/vault/sealed_message.h"

namespace posthorn::vault {

namespace {
constexpr char kVersion = 1;
constexpr unsigned char kPadded = 1;
constexpr std::size_t kWrapped = 32 + 8 + crypto::kTagOctets;
static_assert(kCapsuleOctets == 1 + 1 + 4 + kMessageIdOctets + crypto::kHpkeKeyOctets + 4 + kWrapped);

Error no_capsule() { return {Code::corrupt, Blame::environment, Lasting::permanent, "no capsule of a sealed message"}; }
}  // namespace

std::string capsule_words(const Capsule& capsule) {
  std::string words{kVersion, static_cast<char>(capsule.padded ? kPadded : 0)};
  words += big_endian(capsule.generation);
  words += capsule.message_id;
  words += capsule.encapsulated;
  words += big_endian(capsule.sequence);
  return words;
}

std::string encode(const Capsule& capsule) { return capsule_words(capsule) + capsule.wrapped; }

Result<Capsule> decode_capsule(View octets) {
  if (octets.empty()) return fail(no_capsule());
  if (octets[0] != kVersion) return fail(Error(Code::unsupported, Blame::environment, Lasting::permanent, "capsule"));
  if (octets.size() != kCapsuleOctets || (static_cast<unsigned char>(octets[1]) & ~kPadded) != 0) {
    return fail(no_capsule());
  }
  Capsule capsule;
  capsule.padded = octets[1] != 0;
  octets.remove_prefix(2);
  const auto take = [&](std::size_t count) {
    const View taken = octets.substr(0, count);
    octets.remove_prefix(count);
    return taken;
  };
  capsule.generation = read_big_endian<std::uint32_t>(take(4));
  capsule.message_id = own(take(kMessageIdOctets));
  capsule.encapsulated = own(take(crypto::kHpkeKeyOctets));
  capsule.sequence = read_big_endian<std::uint32_t>(take(4));
  capsule.wrapped = own(take(kWrapped));
  return capsule;
}

std::string mailbox_info(Owner owner) {
  return "posthorn mailbox key 1" + big_endian(owner.account) + big_endian(owner.generation);
}

std::string message_info(Owner owner, View message_id) {
  return ("posthorn sealed message 1" + big_endian(owner.account) + big_endian(owner.generation)).append(message_id);
}

}  // namespace posthorn::vault
