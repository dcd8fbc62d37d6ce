// The octets of capsules and the words that tie keys to what they are for: docs/formats/sealed.md.
#pragma once

#include <cstdint>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/vault/keys.h"
#include "posthorn/service/vault/sealed_message.h"

namespace posthorn::vault {

/// The parts of a capsule. @lifetime that of its octets
struct Capsule {
  CapsuleFacts facts;
  View message_id;
  View encapsulated;
  std::uint32_t sequence = 0;
  View words;    ///< all in front of the wrapped key, which is authenticated with it
  View wrapped;  ///< key and size, sealed
};

/// @errors corrupt, unsupported (a newer version). @lifetime that of `octets`
[[nodiscard]] Result<Capsule> decode_capsule(View octets);

/// A capsule without the wrapped key, which follows.
[[nodiscard]] std::string capsule_words(const CapsuleFacts& facts, View message_id, View encapsulated,
                                        std::uint32_t sequence);
/// What an encapsulation to a mailbox is for.
[[nodiscard]] std::string mailbox_info(Owner owner);
/// "u64 account | u32 generation"
[[nodiscard]] std::string owner_words(Owner owner);

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
  for (const char c : octets.substr(0, sizeof(T))) {
    number = static_cast<T>(number << 8U | static_cast<unsigned char>(c));
  }
  return number;
}

}  // namespace posthorn::vault
