// A mailbox with keys, and messages sealed to it in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/service/vault/sealed_message.h"
#include "posthorn/testing/fakes.h"

namespace posthorn::vault::testing {

struct Sealed {
  std::string capsule;
  std::string content;
  std::string digest;  ///< of kind search_digest, sealed
};

inline OpenedMessage::Content from(const std::string& content) {
  return [&content](std::uint64_t offset, std::uint64_t count) -> Result<std::string> {
    if (offset >= content.size()) return std::string();
    return content.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
  };
}

struct Box {
  posthorn::testing::SeededRandom random{11};
  KeyPair pair = make_key_pair({7, 1}, random);
  OpenKeys keys{7};
  Sealer sealer = Sealer::begin(pair.public_key, random).value();

  Box() { REQUIRE(keys.add(1, pair.private_key)); }

  Sealed seal(View text, Padding padding = Padding::none, std::size_t step = 1000) {
    MessageSealer message(sealer, random, padding);
    Sealed sealed;
    for (std::size_t at = 0; at < text.size(); at += step) message.feed(text.substr(at, step), sealed.content);
    sealed.digest = message.seal_derived(Derived::search_digest, "a digest");
    sealed.capsule = message.finish(sealed.content).value();
    return sealed;
  }
  /// The whole text, or the word of the error.
  std::string read(const Sealed& sealed) { return read_with(keys, sealed); }
  static std::string read_with(const OpenKeys& keys, const Sealed& sealed) {
    auto opened = OpenedMessage::open(keys, sealed.capsule);
    if (!opened) return "<" + own(name_of(opened.error().code)) + ">";
    const auto text = opened->read(0, opened->octets() + 1, from(sealed.content));
    return text ? *text : "<" + own(name_of(text.error().code)) + ">";
  }
};

/// Text in which every place looks different.
inline std::string counting_text(std::size_t octets) {
  std::string text;
  for (std::size_t i = 0; text.size() < octets; ++i) text += std::to_string(i) + ' ';
  text.resize(octets);
  return text;
}

}  // namespace posthorn::vault::testing
