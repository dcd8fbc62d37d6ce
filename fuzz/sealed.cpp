// Capsules, contents, key rows and stored passwords as a thief who writes to the disk would leave them.
#include <algorithm>
#include <string>

#include "posthorn/bytes/crypto/password.h"
#include "posthorn/service/vault/sealed_message.h"
#include "posthorn/testing/fakes.h"

#include "check.h"
#include "fuzz.h"
#include "service/directory/rows.h"
#include "service/mailbox/rows.h"
#include "service/vault/capsule.h"

using namespace posthorn;

namespace {

constexpr View kText = "Subject: the text that was sealed\r\n\r\nand nothing else may come out\r\n";

struct Box {
  testing::SeededRandom random{1};
  vault::KeyPair pair = vault::make_key_pair({7, 1}, random);
  vault::OpenKeys keys{7};
  std::string capsule, content, digest;

  Box() {
    fuzzing::check(keys.add(1, pair.private_key).has_value(), "a key is taken");
    vault::Sealer sealer = vault::Sealer::begin(pair.public_key, random).value();
    vault::MessageSealer message(sealer, random, vault::Padding::none);
    message.feed(kText, content);
    digest = message.seal_derived(vault::Derived::search_digest, "digest");
    capsule = message.finish(content).value();
  }
};

/// Writes octets over a stored value: place, length, octets.
std::string changed(std::string value, View how) {
  if (how.size() < 3) return value;
  const auto place = static_cast<unsigned char>(how[0]) * 256U + static_cast<unsigned char>(how[1]);
  const View octets = how.substr(2);
  if (place > value.size()) {
    value.resize(octets.size() % (value.size() + 1));  // cut
    return value;
  }
  return value.replace(place, std::min(octets.size(), value.size() - place), octets);
}

/// Whatever was done to what is stored: the text as it was, or nothing.
void open_changed(View how) {
  static const Box box;
  const std::size_t half = how.size() / 2;
  const std::string capsule = changed(box.capsule, how.substr(0, half));
  const std::string content = changed(box.content, how.substr(half));
  auto opened = vault::OpenedMessage::open(box.keys, capsule);
  if (!opened) return;
  fuzzing::check(capsule == box.capsule && opened->octets() == kText.size(), "a changed capsule does not open");
  const auto text = opened->read(0, 1000, [&](std::uint64_t at, std::uint64_t n) -> Result<std::string> {
    return at > content.size() ? std::string() : content.substr(at, n);
  });
  fuzzing::check(!text || (*text == kText && content == box.content), "a changed content gives no text");
  const auto digest = opened->open_derived(vault::Derived::search_digest, how);
  fuzzing::check(!digest, "no octets pass for a digest");
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (const auto capsule = vault::decode_capsule(input)) {
    const std::string words =
        vault::capsule_words(capsule->facts, capsule->message_id, capsule->encapsulated, capsule->sequence);
    fuzzing::check(words + std::string(capsule->wrapped) == input, "a capsule has one form");
  }
  open_changed(input);
  const directory::AccountId account{7};
  const std::string key = directory::rows::generation_key(account, 1);
  if (const auto generation = directory::rows::parse_generation(account, key, input)) {
    const auto again = directory::rows::parse_generation(account, key, directory::rows::format(*generation));
    fuzzing::check(again == generation, "a generation comes back");
  }
  if (const auto setting = directory::rows::parse_setting("s:", input)) {
    const auto again = directory::rows::parse_setting("s:", directory::rows::format(*setting));
    fuzzing::check(again == setting, "a setting comes back");
  }
  if (const auto row = mailbox::decode_message(input)) {
    const std::string octets = mailbox::encode(*row);
    fuzzing::check(mailbox::decode_message(octets) == row, "a message row comes back");
    // Rows of older versions are read and written as the newest.
    const bool newest = static_cast<std::uint8_t>(input[0]) == mailbox::kMessageVersion;
    fuzzing::check(!newest || octets == input, "a message row has one form");
  }
  if (const auto block = mailbox::decode_flags(input)) {
    // What no message has goes, so octets may differ.
    const std::string octets = mailbox::encode(*block);
    const auto again = mailbox::decode_flags(octets);
    const auto parts = block->parts();
    fuzzing::check(again && again->parts().states == parts.states && again->parts().state_of == parts.state_of,
                   "a block of flags comes back");
    fuzzing::check(octets.size() <= block->octets(), "a block of flags is no larger than it says");
    fuzzing::check(mailbox::encode(*again) == octets, "a block of flags that was written has one form");
  }
  if (const auto acl = mailbox::decode_acl(input)) {
    fuzzing::check(mailbox::encode_acl(*acl) == input, "an ACL has one form");
  }
  if (const auto seen = mailbox::decode_seen(input)) {
    fuzzing::check(mailbox::encode_seen(*seen) == input, "a row of what was seen has one form");
  }
  static_cast<void>(crypto::is_outdated(input, {}));
}
