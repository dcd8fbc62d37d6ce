#include "posthorn/service/vault/sealed_message.h"

#include "service/vault/fixture.h"

using namespace posthorn;
using namespace posthorn::vault;
using namespace posthorn::vault::testing;

TEST_CASE("messages of every size come back, however they are fed and read") {
  Box box;
  for (const std::size_t octets :
       {0UL, 1UL, 100UL, kChunkOctets - 1, kChunkOctets, kChunkOctets + 1, 2 * kChunkOctets, 3 * kChunkOctets + 17}) {
    CAPTURE(octets);
    const std::string text = counting_text(octets);
    const Sealed sealed = box.seal(text);
    CHECK(box.read(sealed) == text);
    CHECK(sealed.content.size() == content_octets(octets));
    CHECK(sealed.capsule.size() == kCapsuleOctets);
    auto opened = OpenedMessage::open(box.keys, sealed.capsule);
    REQUIRE(opened);
    CHECK(opened->octets() == octets);
    for (const std::size_t at :
         {octets / 2, std::size_t{0}, octets, octets + 5, octets - std::min(octets, std::size_t{9})}) {
      const auto piece = opened->read(at, 20, from(sealed.content));
      REQUIRE(piece);
      CHECK(*piece == (at < text.size() ? text.substr(at, 20) : ""));
    }
    for (const std::size_t step : {1UL, 7UL, kChunkOctets, kChunkOctets + 1, 10 * kChunkOctets}) {
      if (step == 1 && octets > 1000) continue;
      CHECK(box.read(box.seal(text, Padding::none, step)) == text);
    }
  }
}

TEST_CASE("the sealed form holds no piece of the text, and two of one text have nothing in common") {
  Box box;
  const std::string text = counting_text(5000);
  const Sealed one = box.seal(text);
  const Sealed two = box.seal(text);
  for (const Sealed* sealed : {&one, &two}) {
    const std::string all = sealed->capsule + sealed->content + sealed->digest;
    for (std::size_t at = 0; at + 8 <= text.size(); at += 8) CHECK(all.find(text.substr(at, 8)) == std::string::npos);
    CHECK(all.find("a digest") == std::string::npos);
  }
  for (std::size_t at = 8; at + 16 < one.content.size(); at += 16) {
    CHECK(two.content.find(one.content.substr(at, 16)) == std::string::npos);
  }
}

TEST_CASE("every changed octet is noticed") {
  Box box;
  const std::string text = counting_text(300);
  const Sealed sealed = box.seal(text);
  for (std::size_t i = 0; i < sealed.content.size(); ++i) {
    Sealed changed = sealed;
    changed.content[i] = static_cast<char>(changed.content[i] ^ 1);
    CHECK_MESSAGE(box.read(changed) == "<corrupt>", i);
  }
  for (std::size_t i = 0; i < sealed.capsule.size(); ++i) {
    Sealed changed = sealed;
    changed.capsule[i] = static_cast<char>(changed.capsule[i] ^ 0x10);
    const std::string read = box.read(changed);
    CHECK_MESSAGE((read == "<corrupt>" || read == "<unsupported>" || read == "<sealed>"), i);
  }
}

TEST_CASE("a content that is cut or goes on is noticed, and no octet of its end is given out") {
  Box box;
  const std::string text = counting_text(2 * kChunkOctets + 100);
  const Sealed sealed = box.seal(text);
  const std::size_t stored_chunk = kChunkOctets + 16;
  for (const std::size_t count : {0UL, 1UL, kContentHeaderOctets, kContentHeaderOctets + stored_chunk,
                                  kContentHeaderOctets + 2 * stored_chunk, sealed.content.size() - 1}) {
    Sealed cut = sealed;
    cut.content.resize(count);
    CHECK_MESSAGE(box.read(cut) == "<corrupt>", count);
  }
  Sealed longer = sealed;
  longer.content += 'x';
  CHECK(box.read(longer) == "<corrupt>");
  // What stands in front of the damage may be read: it is whole and in its place.
  auto opened = OpenedMessage::open(box.keys, sealed.capsule);
  Sealed cut = sealed;
  cut.content.resize(kContentHeaderOctets + stored_chunk);
  CHECK(*opened->read(0, 100, from(cut.content)) == text.substr(0, 100));
  CHECK(!opened->read(kChunkOctets - 10, 20, from(cut.content)));
}

TEST_CASE("chunks do not change places, neither inside a message nor between two") {
  Box box;
  const std::string text = counting_text(4 * kChunkOctets);
  const Sealed sealed = box.seal(text);
  const Sealed other = box.seal(text);
  const std::size_t stored_chunk = kChunkOctets + 16;
  const auto chunk = [&](const Sealed& from_message, std::size_t n) {
    return from_message.content.substr(kContentHeaderOctets + n * stored_chunk, stored_chunk);
  };
  const auto with = [&](std::initializer_list<std::string> chunks) {
    Sealed made = sealed;
    made.content.resize(kContentHeaderOctets);
    for (const std::string& c : chunks) made.content += c;
    return box.read(made);
  };
  CHECK(with({chunk(sealed, 0), chunk(sealed, 1), chunk(sealed, 2), chunk(sealed, 3)}) == text);
  CHECK(with({chunk(sealed, 1), chunk(sealed, 0), chunk(sealed, 2), chunk(sealed, 3)}) == "<corrupt>");
  CHECK(with({chunk(sealed, 0), chunk(sealed, 2), chunk(sealed, 3)}) == "<corrupt>");                    // dropped
  CHECK(with({chunk(sealed, 0), chunk(sealed, 1), chunk(sealed, 1), chunk(sealed, 3)}) == "<corrupt>");  // repeated
  CHECK(with({chunk(sealed, 0), chunk(other, 1), chunk(sealed, 2), chunk(sealed, 3)}) == "<corrupt>");   // spliced
  CHECK(with({chunk(sealed, 0), chunk(sealed, 1), chunk(sealed, 2), chunk(sealed, 2)}) == "<corrupt>");  // no end
}

TEST_CASE("capsules and contents of different messages do not fit together") {
  Box box;
  const Sealed one = box.seal("the first");
  const Sealed two = box.seal("the other");
  CHECK(box.read({one.capsule, two.content, {}}) == "<corrupt>");
  auto opened = OpenedMessage::open(box.keys, one.capsule);
  REQUIRE(opened);
  CHECK(*opened->open_derived(Derived::search_digest, one.digest) == "a digest");
  CHECK(opened->open_derived(Derived::search_digest, two.digest).error().code == Code::corrupt);
  CHECK(opened->open_derived(Derived::outline, one.digest).error().code == Code::corrupt);
  CHECK(opened->open_derived(Derived::search_digest, "").error().code == Code::corrupt);
}

TEST_CASE("what was sealed to a mailbox and generation opens for no other") {
  Box box;
  const Sealed sealed = box.seal("for mailbox 7");
  OpenKeys stranger(7);
  REQUIRE(stranger.add(1, make_key_pair({7, 1}, box.random).private_key));
  CHECK(Box::read_with(stranger, sealed) == "<corrupt>");
  OpenKeys other_mailbox(8);  // even with the very same key
  REQUIRE(other_mailbox.add(1, box.pair.private_key));
  CHECK(Box::read_with(other_mailbox, sealed) == "<corrupt>");
  OpenKeys later(7);
  REQUIRE(later.add(2, box.pair.private_key));
  CHECK(Box::read_with(later, sealed) == "<sealed>");
  CHECK(Box::read_with(OpenKeys(7), sealed) == "<sealed>");
}

TEST_CASE("padding leaves the size class only") {
  // Examples of the paper: 2^E to 2^(E+1) in steps of 2^(E - floor(log2 E) - 1).
  CHECK(padded_octets(0) == 0);
  CHECK(padded_octets(1) == 1);
  CHECK(padded_octets(9) == 10);
  CHECK(padded_octets(1000) == 1024);
  CHECK(padded_octets(1024) == 1024);
  CHECK(padded_octets(1025) == 1088);
  CHECK(padded_octets(4096) == 4096);
  CHECK(padded_octets(~std::uint64_t{0}) == ~std::uint64_t{0});
  for (std::uint64_t octets = 2; octets < 200'000; octets += 37) {
    const std::uint64_t padded = padded_octets(octets);
    CHECK(padded >= octets);
    CHECK(static_cast<double>(padded) <= 1.12 * static_cast<double>(octets) + 1);
    CHECK(padded_octets(padded) == padded);
  }
  Box box;
  for (const std::size_t octets : {0UL, 1UL, 1000UL, 33'000UL, 70'000UL}) {
    const std::string text = counting_text(octets);
    const Sealed sealed = box.seal(text, Padding::classes);
    CHECK(box.read(sealed) == text);
    CHECK(sealed.content.size() == content_octets(padded_octets(octets)));
    CHECK(capsule_facts(sealed.capsule)->padded);
  }
  CHECK(box.seal(counting_text(1000), Padding::classes).content.size() ==
        box.seal(counting_text(1024), Padding::classes).content.size());
}

TEST_CASE("one sealer serves many messages, in any order of opening") {
  Box box;
  std::vector<Sealed> sealed;
  for (int i = 0; i < 20; ++i) sealed.push_back(box.seal("message " + std::to_string(i)));
  for (int i = 19; i >= 0; --i) CHECK(box.read(sealed[static_cast<std::size_t>(i)]) == "message " + std::to_string(i));
  CHECK(box.sealer.sealed() == 20);
}

TEST_CASE("a public key that is none is refused before anything is sealed") {
  Box box;
  CHECK(Sealer::begin({{7, 1}, std::string(32, '\0')}, box.random).error().code == Code::misuse);
  CHECK(Sealer::begin({{7, 1}, "short"}, box.random).error().code == Code::misuse);
}
