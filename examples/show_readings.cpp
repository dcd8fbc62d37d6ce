// Tells where other programs would read another message: show-readings FILE...
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "posthorn/grammar/mime/readings.h"

using namespace posthorn;

namespace {

/// One line of text, without what a terminal would obey.
std::string shown(View octets) {
  constexpr std::size_t kShown = 60;
  std::string out;
  for (char c : octets.substr(0, kShown)) out += c >= ' ' && c <= '~' ? c : '.';
  return octets.size() > kShown ? out + "..." : out;
}

void print(const mime::Message& message, const mime::Reading& reading) {
  const mime::AmbiguityRow& row = mime::row_of(reading.kind);
  const View octets = message.octets().substr(reading.at, reading.octets);
  std::printf("octet %zu, part %u: %.*s\n", static_cast<std::size_t>(reading.at), reading.part.value(),
              static_cast<int>(row.name.size()), row.name.data());
  if (!octets.empty()) std::printf("  octets: %s\n", shown(octets).c_str());
  std::printf("  here:   %.*s\n", static_cast<int>(row.ours.size()), row.ours.data());
  std::printf("  others: %.*s (%.*s)\n", static_cast<int>(row.others.size()), row.others.data(),
              static_cast<int>(row.source.size()), row.source.data());
}

}  // namespace

int main(int count, char** words) {
  bool readable = count > 1;
  for (int i = 1; i < count; ++i) {
    std::ifstream file(words[i], std::ios::binary);
    readable = readable && file.good();
    const std::string octets{std::istreambuf_iterator<char>(file), {}};
    const auto message = mime::Message::index(octets);
    for (const auto& reading : mime::readings(message)) print(message, reading);
  }
  if (!readable) std::fputs("usage: show-readings FILE...\n", stderr);
  return readable ? 0 : 2;
}
