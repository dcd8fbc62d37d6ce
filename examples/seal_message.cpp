// Seals a message from standard input so that only a password opens it, and opens it again: seal-message PASSWORD
#include <iostream>
#include <iterator>
#include <span>
#include <string>

#include "posthorn/bytes/crypto/password.h"
#include "posthorn/io/system.h"
#include "posthorn/service/vault/sealed_message.h"
#include "posthorn/service/vault/slot.h"

using namespace posthorn;

int main(int count, char** words) {
  if (count != 2) return 2;
  io::SystemRandom random;
  const Secret password{View(words[1])};

  // Once: a key pair. The private key is kept only wrapped by what the password gives.
  const vault::KeyPair pair = vault::make_key_pair({.account = 1, .generation = 1}, random);
  std::string salt(crypto::kSaltOctets, '\0');
  random.fill(std::as_writable_bytes(std::span(salt)));
  const auto made = crypto::make_password_key(password, salt, {.passes = 2, .octets = 64U << 20U});
  if (!made) return 1;
  const vault::Slot slot = vault::wrap(pair.public_key, pair.private_key.reveal(), vault::SlotKind::password, {},
                                       made->stored, made->key, random);

  // For each message: whoever has the public key seals, piece by piece.
  auto sealer = vault::Sealer::begin(pair.public_key, random);
  if (!sealer) return 1;
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  vault::MessageSealer message(*sealer, random, vault::Padding::none);
  std::string content;
  message.feed(text, content);
  const auto capsule = message.finish(content);
  if (!capsule) return 1;
  std::cout << "capsule " << capsule->size() << " octets, content " << content.size() << " octets\n";

  // At a login: the password opens the slot, the private key the capsule, the capsule the content.
  const auto match = crypto::match_password(slot.method, password);
  if (!match || !match->matches) return 1;
  const auto private_key = vault::unwrap(pair.public_key, slot, match->key);
  vault::OpenKeys keys(1);
  if (!private_key || !keys.add(1, *private_key)) return 1;
  auto opened = vault::OpenedMessage::open(keys, *capsule);
  if (!opened) return 1;
  const auto again = opened->read(0, opened->octets(), [&](std::uint64_t at, std::uint64_t n) -> Result<std::string> {
    return content.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(n));
  });
  if (!again) return 1;
  std::cout << *again;
}
