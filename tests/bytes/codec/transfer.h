// What the tests of all transfer encodings say: the octets and the faults, equal at every split.
#pragma once

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/testing/splits.h"

namespace posthorn::testing {

inline std::string faults_of(const codec::Faults& faults) {
  constexpr std::array<View, codec::kFaults> kNames{"foreign_octet", "data_after_padding", "cut_group",
                                                    "bad_hex",       "bare_equals",        "trailing_space",
                                                    "long_line",     "no_begin",           "no_end"};
  std::string out;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto at = faults.first(static_cast<codec::Fault>(i));
    if (at) out += (out.empty() ? "" : " ") + std::string(kNames[i]) + "@" + std::to_string(*at);
  }
  return out;
}

struct Decoded {
  std::string octets;
  std::string faults;
};

/// Decodes a body in one piece after checking that every split gives the same, into a string and into memory.
inline Decoded decoded(codec::Transfer transfer, View body) {
  const auto run = [&](auto feed) {
    codec::Decoder decoder(transfer);
    std::string out;
    feed([&](View piece) { decoder.decode(piece, out); });
    decoder.finish(out);
    return out + "|" + faults_of(decoder.faults());
  };
  CHECK(for_every_split(body, run) == "");
  codec::Decoder decoder(transfer);
  std::string room(decoder.room_for(body.size()), '\0');
  std::string octets = room.substr(0, decoder.decode(body, std::span<char>(room)));
  decoder.finish(octets);
  CHECK(octets + "|" + faults_of(decoder.faults()) == run([&](auto&& sink) { sink(body); }));
  CHECK(octets == codec::decode(transfer, body));
  return {octets, faults_of(decoder.faults())};
}

}  // namespace posthorn::testing
