// How fast the library opens a large sealed body, one thread, memory to memory: sealed-read [MEBIBYTES] [ROUNDS]
// It prints octets and seconds of opening, and seconds of sealing: the middle of the rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "posthorn/io/system.h"
#include "posthorn/service/vault/sealed_message.h"

using namespace posthorn;

namespace {

constexpr std::size_t kPiece = 65'536;  // as IMAP reads

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** words) {
  const std::size_t octets = static_cast<std::size_t>(count > 1 ? std::atoi(words[1]) : 64) << 20U;
  const int rounds = count > 2 ? std::atoi(words[2]) : 5;
  io::SystemRandom random;
  const vault::KeyPair pair = vault::make_key_pair({1, 1}, random);
  vault::OpenKeys keys(1);
  auto sealer = vault::Sealer::begin(pair.public_key, random);
  if (!keys.add(1, pair.private_key) || !sealer) return 1;
  const std::string text(octets, 'x');
  std::vector<double> sealing, opening;
  for (int round = 0; round < rounds; ++round) {
    std::string content;
    content.reserve(vault::content_octets(octets));
    auto begin = std::chrono::steady_clock::now();
    vault::MessageSealer message(*sealer, random, vault::Padding::none);
    for (std::size_t at = 0; at < octets; at += kPiece) message.feed(View(text).substr(at, kPiece), content);
    const auto capsule = message.finish(content);
    sealing.push_back(seconds_since(begin));
    if (!capsule) return 1;
    begin = std::chrono::steady_clock::now();
    auto opened = vault::OpenedMessage::open(keys, *capsule);
    if (!opened) return 1;
    std::size_t read = 0;
    for (std::size_t at = 0; at < octets; at += kPiece) {
      const auto piece = opened->read(at, kPiece, [&](std::uint64_t from, std::uint64_t n) -> Result<std::string> {
        return content.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(n));
      });
      if (!piece) return 1;
      read += piece->size();
    }
    opening.push_back(seconds_since(begin));
    if (read != octets) return 1;
  }
  std::printf("%zu %.6f %.6f\n", octets, middle(opening), middle(sealing));
  return 0;
}
