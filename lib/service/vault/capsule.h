// The octets of capsules and the words that tie keys to what they are for: docs/formats/sealed.md.
#pragma once

#include <cstdint>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/vault/keys.h"

namespace posthorn::vault {

struct Capsule {
  std::uint32_t generation = 0;
  bool padded = false;
  std::string message_id;
  std::string encapsulated;
  std::uint32_t sequence = 0;
  std::string wrapped;  ///< key and size, sealed
};

[[nodiscard]] std::string encode(const Capsule& capsule);
/// @errors corrupt, unsupported (a newer version)
[[nodiscard]] Result<Capsule> decode_capsule(View octets);

/// All of a capsule in front of the wrapped key, which is authenticated with it.
[[nodiscard]] std::string capsule_words(const Capsule& capsule);
/// What an encapsulation to a mailbox is for.
[[nodiscard]] std::string mailbox_info(Owner owner);
/// What a message's keys are for.
[[nodiscard]] std::string message_info(Owner owner, View message_id);

template <class T>
[[nodiscard]] std::string big_endian(T number) {
  std::string octets(sizeof(T), '\0');
  for (std::size_t i = 0; i < sizeof(T); ++i) octets[i] = static_cast<char>(number >> (8 * (sizeof(T) - 1 - i)));
  return octets;
}
/// The first sizeof(T) octets of `octets`, which has them.
template <class T>
[[nodiscard]] T read_big_endian(View octets) {
  T number = 0;
  for (const char c : octets.substr(0, sizeof(T)))
    number = static_cast<T>(number << 8U | static_cast<unsigned char>(c));
  return number;
}

}  // namespace posthorn::vault
